"""From a draft to the bytes that go out, the same bytes for the same draft.

RFC 5322 for the header, RFC 2045, 2046 and 2387 for the body. All of it is 7-bit but
for an address that is not ASCII: no encoding may stand for it (RFC 2047 section 5), so
it stands as itself in UTF-8 (RFC 6532 section 3.2). Neither clock nor chance is asked:
an approval is bound to these bytes, so whoever composes again must get them again. Date
and Auto-Submitted are stamped at release, when it is known whether a person approved;
Bcc is never written. Nothing leaves before the finished bytes were read back by a parser
that shares no code with the writer.
"""

import binascii
import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import count

from loftbox_cli.core import field, reread
from loftbox_cli.core.address import parse_address
from loftbox_cli.core.automation import LOOP_MARK
from loftbox_cli.core.draft import MAX_MESSAGE, Draft, File, check
from loftbox_cli.core.errors import TooLarge
from loftbox_cli.core.header import SUPPRESS_MARK, SUPPRESSED, check_text
from loftbox_cli.core.reading import Party
from loftbox_cli.core.threading import is_message_id, trimmed

AUTO_SUBMITTED = ("", "auto-generated", "auto-replied")  # RFC 3834 section 5; "" for approved by a person
# Nobody is named openly: RFC 5322 allows no destination field at all, but some servers do not.
_NOBODY = "To: undisclosed-recipients:;\r\n"
_LINE = 76  # RFC 2045 section 6.7 and 6.8
_ENVELOPE_AND_BYTES = b"loftbox content 1\0"


@dataclass(frozen=True, slots=True)
class _Part:
    """A MIME part: its fields, and its body, encoded; both end in CRLF."""

    fields: str
    body: bytes

    @property
    def octets(self) -> bytes:
        return self.fields.encode("ascii") + b"\r\n" + self.body


def compose(
    draft: Draft, *, from_: Party, message_id: str, in_reply_to: str = "", references: Sequence[str] = ()
) -> bytes:
    """Write the mail, without what is stamped at release.

    Raises BadInput for the draft's faults (see `draft.check`) and Miscomposed for
    our own. Ids of others that cannot be written are left out.
    """
    draft = check(draft)
    parse_address(from_.address, field="from")
    check_text(from_.name, field="from")
    part = _body(draft, message_id)
    lines = [field.mailboxes("From", [from_])]
    if draft.to:
        lines.append(field.mailboxes("To", draft.to))
    if draft.cc:
        lines.append(field.mailboxes("Cc", draft.cc))
    if not draft.to and not draft.cc:
        lines.append(_NOBODY)
    if draft.subject:
        lines.append(field.unstructured("Subject", draft.subject))
    lines.append(field.message_ids("Message-ID", [message_id]))
    parent = [in_reply_to] if is_message_id(in_reply_to) else []
    line_of_ids = trimmed(references)
    if parent:
        lines.append(field.message_ids("In-Reply-To", parent))
    if line_of_ids:
        lines.append(field.message_ids("References", line_of_ids))
    lines.append(field.plain(LOOP_MARK, from_.address.rpartition("@")[2]))
    lines += [field.unstructured(name, value) for name, value in draft.headers]
    lines.append(field.plain("MIME-Version", "1.0"))
    raw = "".join(lines).encode() + part.octets
    if len(raw) > MAX_MESSAGE:
        raise TooLarge(
            f"the message has {len(raw)} octets, over the limit of {MAX_MESSAGE}",
            fix="send less, or a link to it; base64 adds a third to attachments",
            field="attachments",
        )
    reread.compare(raw, draft, from_=from_, message_id=message_id, in_reply_to=parent, references=line_of_ids)
    return raw


def places(draft: Draft) -> tuple[int, ...]:
    """Where each file of the draft stands in a walk over all parts of the composed mail, the root being 0."""
    text, html = bool(draft.text.strip()), bool(draft.html.strip())
    shown = sum(bool(file.content_id) for file in draft.attachments)
    attached = len(draft.attachments) - shown
    # Each container counts: mixed around what is attached, alternative around two bodies, related.
    first_shown = (attached > 0) + (text and html) + text + html + (shown > 0)
    inline, beside = count(first_shown), count(first_shown + shown)
    return tuple(next(inline if file.content_id else beside) for file in draft.attachments)


def stamp(raw: bytes, *, date: datetime, auto_submitted: str) -> bytes:
    """Put Date before the rest, and what says that a program wrote it; the rest stays as approved."""
    if auto_submitted not in AUTO_SUBMITTED:
        raise ValueError(f"Auto-Submitted cannot be {auto_submitted!a}")
    if date.tzinfo is None:
        raise ValueError("a Date needs a time zone")
    lines = [field.plain("Date", format_datetime(date.astimezone(UTC)))]
    if auto_submitted:
        lines.append(field.plain("Auto-Submitted", auto_submitted))
        # MS-OXCMAIL 2.2.3.2.2: Exchange and Outlook then answer with no notice of any kind.
        lines.append(field.plain(SUPPRESS_MARK, SUPPRESSED))
    return "".join(lines).encode("ascii") + raw


def content_sha256(mail_from: str, rcpt_to: Sequence[str], raw: bytes) -> str:
    """The hash that an approval is bound to: envelope and bytes, each with its length before it.

    The recipients count in their order, so that what was shown is what was approved.
    """
    digest = hashlib.sha256(_ENVELOPE_AND_BYTES)
    digest.update(struct.pack(">Q", len(rcpt_to)))
    for piece in (mail_from.encode(), *(rcpt.encode() for rcpt in rcpt_to), raw):
        digest.update(struct.pack(">Q", len(piece)))
        digest.update(piece)
    return digest.hexdigest()


def _body(draft: Draft, message_id: str) -> _Part:
    bodies = []
    if draft.text.strip() or not (draft.html.strip() or draft.attachments):
        bodies.append(_text("plain", draft.text))
    boundary = _boundary(draft, message_id)
    shown = [_attached(file) for file in draft.attachments if file.content_id]
    beside = [_attached(file) for file in draft.attachments if not file.content_id]
    if draft.html.strip():
        html = _text("html", draft.html)
        # RFC 2387 section 3.1: the type of the root is named, and the root comes first.
        related = _multipart("related", [html, *shown], f"=_r_{boundary}", root="text/html")
        bodies.append(related if shown else html)
    if len(bodies) > 1:
        # RFC 2046 section 5.1.4: the richest form comes last.
        bodies = [_multipart("alternative", bodies, f"=_a_{boundary}")]
    if not beside:
        return bodies[0]
    return _multipart("mixed", [*bodies, *beside], f"=_m_{boundary}")


def _boundary(draft: Draft, message_id: str) -> str:
    """Make a boundary that no part holds.

    "=_" is in neither encoding (RFC 2045 section 6.7), and a plain part would have to
    hold a hash of itself.
    """
    digest = hashlib.sha256(message_id.encode())
    for piece in (draft.text.encode(), draft.html.encode(), *(file.content for file in draft.attachments)):
        digest.update(hashlib.sha256(piece).digest())
    return digest.hexdigest()[:32]


def _text(subtype: str, text: str) -> _Part:
    """Write text in the plainest encoding that carries it: 7bit, else the shorter of the two."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    octets = ("\r\n".join(lines) + "\r\n").encode()
    kind = f"Content-Type: text/{subtype}; charset=utf-8\r\n"
    # Field-like lines are safe here; what is not safe on the way is a long line and trailing white space.
    if octets.isascii() and all(len(line) <= field.WIDTH and line == line.rstrip(" \t") for line in lines):
        return _Part(kind + "Content-Transfer-Encoding: 7bit\r\n", octets)
    quoted = binascii.b2a_qp(octets, istext=True)
    if len(quoted) <= len(octets) // 3 * 4:
        return _Part(kind + "Content-Transfer-Encoding: quoted-printable\r\n", quoted)
    return _Part(kind + "Content-Transfer-Encoding: base64\r\n", _base64(octets))


def _attached(file: File) -> _Part:
    fields = (
        field.plain("Content-Type", file.content_type)
        + "Content-Transfer-Encoding: base64\r\n"
        + field.with_filename(
            "Content-Disposition", "inline" if file.content_id else "attachment", file.filename
        )
    )
    if file.content_id:
        fields += field.plain("Content-ID", f"<{file.content_id}>")
    return _Part(fields, _base64(file.content))


def _multipart(subtype: str, parts: Sequence[_Part], boundary: str, *, root: str = "") -> _Part:
    delimiter = f"--{boundary}".encode("ascii")
    # Each part ends in CRLF, which belongs to the delimiter that follows (RFC 2046 section 5.1.1).
    octets = [delimiter + b"\r\n" + part.octets for part in parts]
    return _Part(
        field.parameters(
            "Content-Type",
            f"multipart/{subtype}",
            *([f'type="{root}"'] if root else []),
            f'boundary="{boundary}"',
        ),
        b"".join(octets) + delimiter + b"--\r\n",
    )


def _base64(octets: bytes) -> bytes:
    step = _LINE // 4 * 3
    lines = [binascii.b2a_base64(octets[at : at + step], newline=False) for at in range(0, len(octets), step)]
    return b"\r\n".join(lines) + b"\r\n"
