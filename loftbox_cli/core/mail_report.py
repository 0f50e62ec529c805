"""What a machine tells about a mail of ours: a bounce, a complaint, a receipt.

One value for every form in which it comes: delivery status notifications (RFC 3464,
internationalised by RFC 6533), feedback reports (RFC 5965), disposition notifications
(RFC 8098), and the texts of hosts that follow none of them. All of it was written by a
stranger; only a name of ours that is signed proves which message is meant.
"""

from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.response_class import Response
from loftbox_cli.core.response_rules import ResponseClass


class ReportKind(StrEnum):
    """What a report is about; "" stands for a mail that is none."""

    NONE = ""
    DELIVERY_STATUS = "delivery_status"
    COMPLAINT = "complaint"  # feedback of type abuse, fraud, virus or other
    NOT_SPAM = "not_spam"
    OPT_OUT = "opt_out"
    AUTH_FAILURE = "auth_failure"  # RFC 6591: about a domain, not from a person
    READ_RECEIPT = "read_receipt"
    DMARC = "dmarc"
    TLS = "tls"


class Action(StrEnum):
    """What was done for a recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class Reported:
    """One recipient of a report.

    `original` is the address that the sender used, where the report tells another one
    than `address`: a forwarder's target is not whom we wrote to. `meant` is the status
    that the words stand for; see `Response`. `action` is "" in a complaint.
    """

    address: str
    original: str = ""
    action: Action | None = None
    status: str = ""
    code: int = 0
    diagnostic: str = ""
    remote_mta: str = ""
    kind: ResponseClass = ResponseClass.UNKNOWN
    meant: str = ""

    @property
    def response(self) -> Response:
        """What the failure means, in the form that replies to our own attempts have."""
        return Response(self.kind, self.status, self.meant)


@dataclass(frozen=True, slots=True)
class MailReport:
    """What one report says.

    `source` names the form that was read. `message_ids` are the Message-IDs of the mail
    that came back, the likeliest first; `mail_from` is its return path.
    """

    kind: ReportKind
    source: str
    recipients: tuple[Reported, ...] = ()
    message_ids: tuple[str, ...] = ()
    mail_from: tuple[str, ...] = ()
    reporting_mta: str = ""
    feedback_id: str = ""
    feedback_type: str = ""
