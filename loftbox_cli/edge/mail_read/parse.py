"""One mail, read: `read` takes any bytes and answers a Reading, never an exception."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from loftbox_cli.core import charset
from loftbox_cli.core.address_list import scan
from loftbox_cli.core.automation import classify
from loftbox_cli.core.header import MAX_NAME
from loftbox_cli.core.reading import Attachment, Party, Reading
from loftbox_cli.edge.mail_read import filename, html_text, mime, parameters
from loftbox_cli.edge.mail_read.fields import Block, plain, shown
from loftbox_cli.edge.mail_read.mime import Part
from loftbox_cli.edge.mail_read.reply import reply_text

MAX_SUBJECT = 990
MAX_IDS = 100

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
# Line ends as text/plain may hold them, and what no text holds.
_LINE_END = re.compile("\r\n?|[\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class _Found:
    """What the walk over the parts collects."""

    text: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    defects: dict[str, None] = field(default_factory=dict)

    def note(self, defects: Iterable[str]) -> None:
        self.defects |= dict.fromkeys(one for one in defects if one)


def read(raw: bytes) -> Reading:
    """Read one mail. Its automation class is that of the header: the envelope is not known here."""
    found = _Found()
    block = Block((), 0)
    for part in mime.walk(raw):
        if part.place == 0:
            block = part.block
        if part.is_embedded:
            continue  # somebody else's mail
        found.note(part.defects)
        if not part.is_container:
            _take(part, found)
    html = "\n".join(found.html)
    text = "\n".join(found.text)
    if html.strip() and not text.strip():
        text, defect = html_text.to_text(html)
        text = _text(text)
        found.note([defect])
    found.note(_header_defects(block))
    subject = shown(block.first("subject"))
    if len(subject) > MAX_SUBJECT:
        found.note(["subject_truncated"])
    return Reading(
        message_id=next(iter(_ids(block, "message-id")), ""),
        in_reply_to=_ids(block, "in-reply-to"),
        references=_ids(block, "references"),
        from_=_parties(block, "from", found),
        to=_parties(block, "to", found),
        cc=_parties(block, "cc", found),
        reply_to=_parties(block, "reply-to", found),
        subject=subject[:MAX_SUBJECT],
        date=block.first("date"),
        text=text,
        html=html,
        reply_text=reply_text(text),
        headers=block.fields,
        attachments=tuple(found.attachments),
        automation=classify(block.fields),
        defects=tuple(found.defects),
    )


def _take(part: Part, found: _Found) -> None:
    content, defect = part.content()
    found.note([defect])
    disposition = parameters.parse(part.block.first("content-disposition"))
    name = disposition.parameters.get("filename") or part.parameters.get("name", "")
    attached = disposition.kind == "attachment" or bool(name)
    if part.content_type in ("text/plain", "text/html") and not attached:
        text, defect = charset.decode(content, part.parameters.get("charset", ""))
        found.note([defect])
        (found.text if part.content_type == "text/plain" else found.html).append(_text(text))
        return
    if not content and part.place == 0:
        return
    found.attachments.append(
        Attachment(
            part=part.place,
            filename=filename.clean(name),
            content_type=part.content_type,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            inline=disposition.kind == "inline",
            content_id=plain(part.block.first("content-id").strip("<>")),
        )
    )


def _text(text: str) -> str:
    return _CONTROL.sub("", _LINE_END.sub("\n", text)).removesuffix("\n")


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


def _parties(block: Block, name: str, found: _Found) -> tuple[Party, ...]:
    """Every mailbox of every field of that name: what some reader may see is what we list."""
    parties: list[Party] = []
    for value in block.all(name):
        listed, defects = scan(value)
        parties += [Party(party.address, plain(party.name[:MAX_NAME])) for party in listed]
        found.note(f"{name.replace('-', '_')}_{defect}" for defect in defects)
    if any("@" in party.name and party.address not in party.name for party in parties):
        # Many programs show the name alone, and it is another address.
        found.note([f"{name.replace('-', '_')}_name_misleads"])
    if name == "from" and len(parties) > 1:
        found.note(["from_several"])
    return tuple(parties)
