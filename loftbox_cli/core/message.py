"""One mail, inbound or outbound.

    outbound    send              held | blocked | scheduled | released
    held        approve           scheduled | released   (the gate agreed again)
    held        reject            rejected
    held        24 hours pass     expired
    held        cancel            canceled
    scheduled   its time comes    released | held | blocked   (the gate is asked again)
    scheduled   expires_at        expired
    scheduled   cancel            canceled

Once released, what people see derives from the deliveries (`state_of`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.mail_report import Reported, ReportKind
from loftbox_cli.core.reading import Attachment, Automation, HeaderField, Party
from loftbox_cli.core.thread import MatchedBy


class Direction(StrEnum):
    """Seen from the mailbox."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageState(StrEnum):
    """What is stored; a released message shows what its deliveries add up to."""

    RECEIVED = "received"
    QUARANTINED = "quarantined"
    HELD = "held"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELED = "canceled"
    SCHEDULED = "scheduled"
    RELEASED = "released"


class Relation(StrEnum):
    """What an inbound message is to us."""

    REPLY_TO_OURS = "reply_to_ours"
    KNOWN_CORRESPONDENT = "known_correspondent"
    FIRST_CONTACT = "first_contact"
    NOT_INBOUND = ""


@dataclass(frozen=True, slots=True)
class Message:
    """`mail_from` and `rcpt_to` are the envelope; `from_`, `to`, `cc` the header.

    `headers` is what a caller added to it. `context` and `sample` are what policies may ask
    about it, and `policies` those that decided, as id@version.

    `report_kind` and `reported` are what it tells about other mail of ours. The counts
    are of what was taken out because no person would have seen it.

    `scheduled_at` is when it is to leave, `expires_at` when nobody wants it any more.

    An inbound message lists only the recipient that belongs to its mailbox. `blob`
    is the SHA-256 of the raw bytes, in hex: as received, or as composed (without
    Date, Auto-Submitted and DKIM-Signature, which are stamped when it is carried).
    """

    id: MessageId
    direction: Direction
    mailbox_id: MailboxId
    thread_id: ThreadId
    request_id: RequestId
    state: MessageState
    rfc_message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    mail_from: str
    rcpt_to: tuple[str, ...]
    from_: tuple[Party, ...]
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    bcc: tuple[Party, ...]
    headers: tuple[HeaderField, ...]
    subject: str
    text: str
    html: str
    reply_text: str
    reply_html: str
    quoted_text: str
    attachments: tuple[Attachment, ...]
    automation: Automation
    relation: Relation
    defects: tuple[str, ...]
    metadata: Mapping[str, str]
    labels: tuple[str, ...]
    blob: str
    size: int
    trace: str
    content_sha256: str
    revision: int
    submitted_by: str
    auto_submitted: str
    reasons: tuple[str, ...]
    created_at: datetime
    released_at: datetime | None
    matched_by: MatchedBy = MatchedBy.NOTHING
    context: Mapping[str, str] = field(default_factory=dict)
    sample: int = 0
    policies: tuple[str, ...] = ()
    automation_evidence: str = ""
    report_kind: ReportKind = ReportKind.NONE
    reported: tuple[Reported, ...] = ()
    reply_to: tuple[Party, ...] = ()
    hidden_text_chars: int = 0
    invisible_chars: int = 0
    scheduled_at: datetime | None = None
    expires_at: datetime | None = None


def state_of(message: Message, deliveries: Sequence[DeliveryState]) -> str:
    """Say in one word how a message stands, deliveries included."""
    if message.state is not MessageState.RELEASED:
        return message.state.value
    # Who complains has the message.
    states = {DeliveryState.DELIVERED if each is DeliveryState.COMPLAINED else each for each in deliveries}
    if DeliveryState.SENDING in states:
        return "sending"
    if states & {DeliveryState.QUEUED, DeliveryState.UNCERTAIN}:
        return "queued"
    for alike in (DeliveryState.DELIVERED, DeliveryState.CANCELED, DeliveryState.EXPIRED):
        if states <= {alike}:
            return alike.value
    if DeliveryState.DELIVERED in states:
        return "partly_delivered"
    return "failed"
