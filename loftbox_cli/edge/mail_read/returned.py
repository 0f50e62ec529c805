"""The mail that came back within a report: what of its header tells which one it was."""

import re
from dataclasses import dataclass

from loftbox_cli.edge.mail_read import fields
from loftbox_cli.edge.mail_read.report_status import address_in, addresses_in

_ID = re.compile(r"<[^<>\s]{1,900}>")
_QUOTED_ID = re.compile(
    r"^[ \t>*"
    r"|]{0,8}(?:original[- ])?message[- ]id[ \t]{0,4}:[ \t]{0,4}(?:\r?\n[ \t>]{1,8})?(<[^<>\s]{1,900}>)",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTED_TO = re.compile(
    r"^[ \t>]{0,8}(?:x-)?(?:original-)?to:[ \t]{0,8}(.{3,500})", re.IGNORECASE | re.MULTILINE
)
_JUNK_MAIL = b"x-hmxmroriginalrecipient:"
_MOST = 20


@dataclass(frozen=True, slots=True)
class Returned:
    """What is known of the mail that came back."""

    message_ids: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    mail_from: tuple[str, ...] = ()
    feedback_id: str = ""


def is_complained_of(raw: bytes) -> bool:
    """Whether Hotmail sends the mail because its user called it junk: its first field is for that."""
    return raw.lstrip()[: len(_JUNK_MAIL)].lower() == _JUNK_MAIL


def from_header(raw: bytes) -> Returned:
    """Read an embedded mail, or its header alone."""
    block = fields.split(raw, 0, len(raw))
    recipients = [
        address
        for name in ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "to", "cc")
        for value in block.all(name)
        for address in addresses_in(value)
    ]
    return Returned(
        message_ids=tuple(dict.fromkeys(_ID.findall(" ".join(block.all("message-id")))))[:_MOST],
        to=tuple(dict.fromkeys(recipients))[:_MOST],
        mail_from=tuple(filter(None, (address_in(value) for value in block.all("return-path")))),
        feedback_id=block.first("feedback-id"),
    )


def from_text(text: str) -> Returned:
    """Read a mail that is quoted in a text."""
    return Returned(
        message_ids=tuple(dict.fromkeys(_QUOTED_ID.findall(text)))[:_MOST],
        to=tuple(dict.fromkeys(a for line in _QUOTED_TO.findall(text) for a in addresses_in(line)))[:_MOST],
    )


def together(one: Returned, other: Returned) -> Returned:
    """What both know; the first counts more."""
    return Returned(
        message_ids=tuple(dict.fromkeys((*one.message_ids, *other.message_ids))),
        to=one.to or other.to,
        mail_from=tuple(dict.fromkeys((*one.mail_from, *other.mail_from))),
        feedback_id=one.feedback_id or other.feedback_id,
    )
