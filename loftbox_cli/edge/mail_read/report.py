"""Whether a mail is a machine's report about another mail, and what it says.

The machine parts count first: delivery status (RFC 3464, RFC 6533), feedback (RFC 5965),
disposition (RFC 8098), DMARC aggregates and TLS reports (RFC 8460). A text alone is
read as a bounce only when its header says that a mail system wrote it, and its words
say that something failed. Any bytes give a report or None, never an exception.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loftbox_cli.core import charset
from loftbox_cli.core.mail_report import Action, MailReport, Reported, ReportKind
from loftbox_cli.edge.mail_read import report_status, report_text, returned
from loftbox_cli.edge.mail_read.fields import Block, shown, split
from loftbox_cli.edge.mail_read.mime import Part
from loftbox_cli.edge.mail_read.report_feedback import feedback
from loftbox_cli.edge.mail_read.report_text import Halves
from loftbox_cli.edge.mail_read.report_words import DAEMON, FAILURE, SUBJECT
from loftbox_cli.edge.mail_read.returned import Returned

MOST_PART = 256 * 1024

_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_RETURNED_TYPES = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "text/rfc822-header",
    "text/rfc822",
    "message/rfc822-headers",
    "message/global-headers",
    "message/partial",
)
_RECEIPT_TYPES = ("message/disposition-notification", "message/global-disposition-notification")
# What a server answers: a person's "order 550" stands within a sentence.
_ANSWER = re.compile(
    r"(?:^[ \t>*<]{0,12}|(?:said|answered|reason|error|code|response|replied|returned)\W{1,4})5\d\d[ -]\w",
    re.IGNORECASE | re.MULTILINE,
)
_ANSWERS = ("re:", "fwd:", "fw:", "aw:", "wg:", "tr:", "sv:", "rv:")
_AGGREGATE_NAME = re.compile(r"[^!\s]{1,255}![^!\s]{1,255}!\d{6,12}!\d{6,12}")
_AGGREGATE_SUBJECT = re.compile(r"report domain:.{1,400}submitter:", re.IGNORECASE)
# A host that answers somebody who asked for a notice of success (RFC 3461) tells no failure.
_SUCCESS = re.compile(
    r"successfully delivered|delivery status notification \(success|was delivered to|has been delivered to"
    r"|\(successful|message was (?:successfully )?(?:delivered|relayed)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Found:
    """What the parts of a mail hold of a report."""

    status: list[str] = field(default_factory=list)
    feedback: list[bytes] = field(default_factory=list)
    returned: Returned = field(default_factory=Returned)
    receipt: bool = False
    complained: bool = False
    tls: bool = False
    aggregate: bool = False


def report_of(parts: Sequence[Part], text: str) -> MailReport | None:
    """Read a report. `parts` are those of the walk, `text` is the mail's text for people."""
    if not parts:
        return None
    block = parts[0].block
    found = _Found()
    for part in parts:
        if not part.is_embedded:  # what came back may be a report itself
            _take(part, found)
    if found.complained and not found.feedback:
        # Hotmail's Junk Mail Reporting has no machine part: a field in the mail says whose it was.
        return feedback([("Feedback-Type", "abuse")], together_with_text(found.returned, text))
    if found.feedback:
        fields = split(found.feedback[0], 0, len(found.feedback[0])).fields
        return feedback(list(fields), together_with_text(found.returned, text))
    if found.tls:
        return MailReport(ReportKind.TLS, "tlsrpt")
    if found.aggregate or _AGGREGATE_SUBJECT.search(shown(block.first("subject"))):
        return MailReport(ReportKind.DMARC, "dmarc")
    if found.receipt:
        ids = _ids_of_header(block)
        return MailReport(ReportKind.READ_RECEIPT, "mdn", message_ids=(*found.returned.message_ids, *ids))
    if found.status:
        return _with_status(found, block, text)
    return _from_text(found, block, text)


def _take(part: Part, found: _Found) -> None:
    kind = part.content_type
    if part.is_container:
        return
    if kind in _STATUS_TYPES:
        found.status.append(_text(part))
    elif kind == "message/feedback-report":
        found.feedback.append(part.content()[0][:MOST_PART])
    elif kind in _RECEIPT_TYPES:
        found.receipt = True
    elif kind.startswith("application/tlsrpt"):
        found.tls = True
    elif part.place and kind in _RETURNED_TYPES:
        head = part.content()[0][:MOST_PART]
        found.complained = found.complained or returned.is_complained_of(head)
        found.returned = returned.together(found.returned, returned.from_header(head))
    elif part.place:
        _take_untyped(part, found)


def _take_untyped(part: Part, found: _Found) -> None:
    """Some gateways change the type of the machine part, or attach it as a file."""
    kind = part.content_type
    if _AGGREGATE_NAME.search(part.name) and kind.startswith(("application/", "text/xml")):
        found.aggregate = True
    elif kind.startswith(("text/", "application/octet", "message/")) and part.end - part.start <= MOST_PART:
        text = _text(part)
        if report_status.looks_like_status(text):
            found.status.append(text)


def _text(part: Part) -> str:
    return charset.decode(part.content()[0][:MOST_PART], part.parameters.get("charset", ""))[0]


def together_with_text(known: Returned, text: str) -> Returned:
    """What a quoted mail in the text adds to the one that is attached."""
    return known if known.message_ids else returned.together(known, returned.from_text(text[:MOST_PART]))


def _with_status(found: _Found, block: Block, text: str) -> MailReport | None:
    said = report_text.halve(text).said
    parts = [report_status.parse(each) for each in found.status[:10]]
    recipients: dict[str, Reported] = {}
    for part in parts:
        for group in part.recipients:
            one = report_status.reported(group)
            if one is None:
                continue
            if one.status.endswith(".0.0") or not one.diagnostic:
                one = report_status.reported(group, around=report_text.about(said, one.address)) or one
            recipients.setdefault(one.address.lower(), _timely(one, group, block))
    everyone = list(recipients.values()) or _by_words(found, block, text, said)[1]
    known = together_with_text(found.returned, text)
    return MailReport(
        kind=ReportKind.DELIVERY_STATUS,
        source="rfc3464",
        recipients=tuple(_whole(one, known) for one in everyone[: report_status.MOST_RECIPIENTS]),
        message_ids=tuple(
            dict.fromkeys((*known.message_ids, *_ids_of_status(parts), *_ids_of_header(block)))
        ),
        mail_from=known.mail_from,
        reporting_mta=next(
            (report_status.without_type(mta) for part in parts if (mta := part.message.get("reporting-mta"))),
            "",
        ),
    )


def _timely(one: Reported, group: dict[str, str], block: Block) -> Reported:
    """Where the Action is missing, a subject that speaks of a delay says that the host still tries."""
    if not group.get("action") and report_text.action_of(shown(block.first("subject"))) is Action.DELAYED:
        return replace(one, action=Action.DELAYED)
    return one


def _whole(one: Reported, known: Returned) -> Reported:
    """A local name becomes an address by the header of the mail that came back."""
    if "@" in one.address:
        return one
    meant = next((each for each in known.to if each.rpartition("@")[0].lower() == one.address.lower()), "")
    if not meant and len(known.to) == 1:
        meant = known.to[0]
    return replace(one, address=meant, original="") if meant else one


def _from_text(found: _Found, block: Block, text: str) -> MailReport | None:
    """Read a bounce without a machine part, if the header and the words say that it is one."""
    surely = _is_from_a_host(block)
    if not surely and not _may_be_from_a_host(block):
        return None
    halves = report_text.halve(text)
    said = halves.said
    if not surely and not _is_technical(halves, found):
        return None
    if _SUCCESS.search(said) or not (FAILURE.search(said) or (surely and _subject_tells(block))):
        return None
    form, recipients = _by_words(found, block, text, said)
    if not recipients:
        return None
    known = together_with_text(found.returned, text)
    return MailReport(
        kind=ReportKind.DELIVERY_STATUS,
        source=f"text_{form}",
        recipients=tuple(recipients),
        message_ids=tuple(dict.fromkeys((*known.message_ids, *_ids_of_header(block)))),
        mail_from=known.mail_from,
    )


def _by_words(found: _Found, block: Block, text: str, said: str) -> tuple[str, list[Reported]]:
    """Find the recipients in the words: a field of Exim's, then the text, then the returned header."""
    named = list(
        dict.fromkeys(
            a for value in block.all("x-failed-recipients") for a in report_status.addresses_in(value)
        )
    )
    ours = {
        a.lower()
        for name in ("to", "x-original-to", "delivered-to", "envelope-to")
        for value in block.all(name)
        for a in report_status.addresses_in(value)
    } | {
        a.lower()
        for value in (*block.all("from"), *found.returned.mail_from)
        for a in report_status.addresses_in(value)
    }
    known = together_with_text(found.returned, text)
    form, recipients = report_text.failures(said, named=named, not_these=ours)
    if form == "anywhere" and known.to:
        # The header of the mail itself is surer than an address somewhere in a sentence.
        spoken = {one.address.lower() for one in recipients}
        agreed = [each for each in known.to if each.lower() in spoken] or list(known.to)
        return report_text.failures(said, named=agreed)
    if not recipients and known.to:
        return report_text.failures(said, named=known.to)
    return form, recipients


def _is_from_a_host(block: Block) -> bool:
    """Whether the header says for sure that a mail system wrote this."""
    return (
        bool(block.all("x-failed-recipients"))
        or DAEMON.search(shown(block.first("from"))) is not None
        or DAEMON.search(block.first("sender")) is not None
    )


def _may_be_from_a_host(block: Block) -> bool:
    """Whether a null sender or the subject hints at it; a person who forwards a bounce writes "Fwd:"."""
    if shown(block.first("subject")).lower().startswith(_ANSWERS):
        return False
    return block.first("return-path").strip() == "<>" or _subject_tells(block)


def _subject_tells(block: Block) -> bool:
    """Whether the subject says that something failed, which a host may say there alone."""
    return SUBJECT.search(shown(block.first("subject"))) is not None


def _is_technical(halves: Halves, found: _Found) -> bool:
    """Whether the text has what a person does not write: a code, or the mail that came back."""
    returned_mail = bool(halves.returned) or found.returned != Returned()
    return returned_mail or bool(report_status.status_in(halves.said) or _ANSWER.search(halves.said))


def _ids_of_status(parts: Sequence[report_status.StatusPart]) -> list[str]:
    return [
        value
        for part in parts
        for name in ("original-message-id", "x-original-message-id", "x-message-id")
        if (value := part.message.get(name, "")).startswith("<")
    ]


def _ids_of_header(block: Block) -> list[str]:
    """Hosts that send no header back often answer in the thread of the mail."""
    return [
        each
        for name in ("in-reply-to", "references")
        for value in block.all(name)
        for each in value.split()
        if each.startswith("<")
    ][:20]
