"""One mail, read: `read` takes any bytes and answers a Reading, never an exception."""

import re

from loftbox_cli.core.address_list import scan
from loftbox_cli.core.automation import recognise
from loftbox_cli.core.header import MAX_NAME
from loftbox_cli.core.invisible import visible
from loftbox_cli.core.mail_report import ReportKind
from loftbox_cli.core.reading import Party, Reading
from loftbox_cli.edge.mail_read import bodies, mime
from loftbox_cli.edge.mail_read.content import content_of, decoded
from loftbox_cli.edge.mail_read.fields import Block, plain, shown
from loftbox_cli.edge.mail_read.reply.divide import Divided, divide
from loftbox_cli.edge.mail_read.report import report_of
from loftbox_cli.edge.mail_read.structure import attachments_of, is_ambiguous, structure_of

MAX_SUBJECT = 990
MAX_IDS = 100
MAX_DIVIDED = 4 * 1024 * 1024  # characters; nobody typed more, and a log that was sent has no reply in it

_ID = re.compile(r"<[^<>\s]{1,900}>")
# RFC 5322 section 3.6: at most one of each.
_ONCE = (
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "message-id",
    "in-reply-to",
    "references",
    "subject",
    "date",
)


class _Head:
    """The header of a mail while it is read: what was taken out of it, and what was odd."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.invisible = 0
        self.defects = dict.fromkeys(_header_defects(block))

    def subject(self) -> str:
        """The subject, as a person reads it."""
        subject = self._seen(shown(self.block.first("subject")))
        if len(subject) > MAX_SUBJECT:
            self.defects["subject_truncated"] = None
        return subject[:MAX_SUBJECT]

    def parties(self, name: str) -> tuple[Party, ...]:
        """Every mailbox of every field of that name: what some reader may see is what we list."""
        parties: list[Party] = []
        prefix = name.replace("-", "_")
        for value in self.block.all(name):
            listed, defects = scan(value)
            parties += [Party(each.address, self._seen(plain(each.name[:MAX_NAME]))) for each in listed]
            self.defects |= dict.fromkeys(f"{prefix}_{defect}" for defect in defects)
        if any("@" in party.name and party.address not in party.name for party in parties):
            # Many programs show the name alone, and it is another address.
            self.defects[f"{prefix}_name_misleads"] = None
        if name == "from" and len(parties) > 1:
            self.defects["from_several"] = None
        return tuple(parties)

    def _seen(self, text: str) -> str:
        seen, count = visible(text)
        self.invisible += count
        return seen


def read(raw: bytes) -> Reading:
    """Read one mail. Its automation class is that of the header: the envelope is not known here."""
    parts = tuple(mime.walk(raw))
    octets, damage = decoded(parts)
    chosen = bodies.chosen(parts)
    content = content_of(chosen, octets)
    head = _Head(parts[0].block)
    subject = head.subject()
    parties = {name: head.parties(name) for name in ("from", "to", "cc", "reply-to", "sender")}
    defects = dict.fromkeys(defect for part in parts if not part.is_embedded for defect in part.defects)
    defects |= dict.fromkeys(damage.values()) | content.defects | head.defects
    if is_ambiguous(defects):
        defects["ambiguous_mime"] = None
    if len(content.text) <= MAX_DIVIDED:
        divided = divide(content.text, content.html, subject=subject, is_text_of_html=content.is_of_html)
    else:
        divided = Divided(content.text, content.html, "")
        defects["text_not_divided"] = None
    report = report_of(parts, content.text)
    recognised = recognise(
        head.block.fields, subject=subject, report=report.kind if report else ReportKind.NONE
    )
    return Reading(
        message_id=next(iter(_ids(head.block, "message-id")), ""),
        in_reply_to=_ids(head.block, "in-reply-to"),
        references=_ids(head.block, "references"),
        from_=parties["from"],
        to=parties["to"],
        cc=parties["cc"],
        reply_to=parties["reply-to"],
        sender=parties["sender"],
        subject=subject,
        date=head.block.first("date"),
        text=content.text,
        html=content.html,
        reply_text=divided.reply_text,
        reply_html=divided.reply_html,
        quoted_text=divided.quoted_text,
        headers=head.block.fields,
        attachments=attachments_of(chosen.attached, parts, octets, content.html),
        parts=structure_of(parts, octets, damage),
        hidden_text_chars=content.hidden,
        invisible_chars=content.invisible + head.invisible,
        automation=recognised.automation,
        automation_evidence=recognised.evidence,
        report=report,
        defects=tuple(defects),
    )


def _header_defects(block: Block) -> list[str]:
    defects = [f"{name.replace('-', '_')}_twice" for name in _ONCE if len(block.all(name)) > 1]
    if not block.first("from"):
        defects.append("from_missing")
    if len(_ids(block, "message-id")) > 1:
        defects.append("message_id_several")
    return defects


def _ids(block: Block, name: str) -> tuple[str, ...]:
    """The msg-ids of a field; of too many the first and the newest."""
    ids = tuple(dict.fromkeys(_ID.findall(" ".join(block.all(name)))))
    return ids if len(ids) <= MAX_IDS else (ids[0], *ids[1 - MAX_IDS :])
