"""The parts of a mail (RFC 2046): where each starts and ends, and what it is.

The walk keeps its own stack and stops at 1,000 parts and at depth 30, so that a mail
of nested or countless parts costs a bounded time and still gives its first parts.
An embedded message stays one part: it is somebody else's mail. Parsers that descend
by recursion, or give up on the first octet that is no base64, lose such mail whole.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loftbox_cli.edge.mail_read import fields, parameters
from loftbox_cli.edge.mail_read.fields import Block

MAX_PARTS = 1_000
MAX_DEPTH = 30

_DEFAULT = "text/plain"
_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,127}/[!#$&^_.+a-z0-9-]{1,127}")
_SINGLE = ("content-type", "content-transfer-encoding", "content-disposition")
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_SYMBOLS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE = b" \t\r\n"
_FOREIGN = bytes(octet for octet in range(256) if octet not in _SYMBOLS + b"=")


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its place in the walk, its fields, and where in the mail its body lies."""

    place: int
    block: Block
    content_type: str
    parameters: dict[str, str]
    raw: bytes
    start: int
    end: int
    defects: tuple[str, ...] = ()

    @property
    def is_container(self) -> bool:
        """Whether its body is only its children."""
        return self.content_type.startswith("multipart/") and bool(self.parameters.get("boundary"))

    def content(self) -> tuple[bytes, str]:
        """Undo the transfer encoding; answer what came out and the defect, or ""."""
        return _decoded(self.raw[self.start : self.end], self.block.first("content-transfer-encoding"))


def walk(raw: bytes) -> Iterator[Part]:
    """All parts in the order in which they stand; the first is the mail itself."""
    waiting: list[tuple[int, int, int, str]] = [(0, len(raw), 0, _DEFAULT)]
    place = 0
    while waiting:
        start, end, depth, default = waiting.pop()
        part = _part(raw, place, start, end, default)
        place += 1
        children: list[tuple[int, int]] = []
        if part.is_container and depth < MAX_DEPTH:
            children, defects = _children(part, MAX_PARTS - place - len(waiting))
            part = replace(part, defects=(*part.defects, *defects))
        elif part.is_container:
            part = replace(part, defects=(*part.defects, "mime_truncated"))
        yield part
        # RFC 2046 section 5.1.5: within a digest a part is a message unless it says otherwise.
        inner = "message/rfc822" if part.content_type == "multipart/digest" else _DEFAULT
        waiting += [(first, last, depth + 1, inner) for first, last in reversed(children)]


def _part(raw: bytes, place: int, start: int, end: int, default: str) -> Part:
    block = fields.split(raw, start, end)
    content = parameters.parse(block.first("content-type") or default)
    defects = [*block.defects, *content.defects]
    defects += [f"{name.replace('-', '_')}_twice" for name in _SINGLE if len(block.all(name)) > 1]
    content_type = content.kind
    if not _TYPE.fullmatch(content_type):
        # RFC 2045 section 5.2: what cannot be understood is plain text.
        content_type = _DEFAULT
        defects.append("content_type_malformed")
    return Part(place, block, content_type, content.parameters, raw, block.body, end, tuple(defects))


def _children(part: Part, room: int) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Find where the children of a container lie, at most `room` of them."""
    raw, end = part.raw, part.end
    dashes = b"\n--" + part.parameters["boundary"].rstrip(" ").encode("utf-8", "replace")
    found: list[tuple[int, int]] = []
    opened = -1
    at = raw.find(dashes, max(0, part.start - 1), end)
    while at >= 0:
        rest = _REST_OF_DELIMITER.match(raw, at + len(dashes), end)
        if rest is None:
            at = raw.find(dashes, at + 1, end)
            continue
        if opened >= 0:
            if len(found) >= room:
                return found, ("mime_truncated",)
            # RFC 2046 section 5.1.1: the line end before the delimiter belongs to it.
            last = at - 1 if raw[at - 1 : at] == b"\r" else at
            found.append((opened, max(opened, last)))
        if rest[1]:
            return found, ()
        opened = rest.end()
        at = raw.find(dashes, opened - 1, end)
    if opened < 0:
        return found, ("boundary_missing",)
    if len(found) >= room:
        return found, ("mime_truncated",)
    return [*found, (opened, end)], ("boundary_not_closed",)


def _decoded(body: bytes, encoding: str) -> tuple[bytes, str]:
    match encoding.strip().lower():
        case "base64":
            return _base64(body)
        case "quoted-printable":
            return binascii.a2b_qp(body), ""
        case "" | "7bit" | "8bit" | "binary":
            return body, ""
        case _:
            return body, "transfer_encoding_unknown"


def _base64(body: bytes) -> tuple[bytes, str]:
    """Decode what there is: RFC 2045 section 6.8 passes over what is outside the alphabet."""
    symbols, _, padding = body.translate(None, _FOREIGN).partition(b"=")
    foreign = body.translate(None, _SYMBOLS + _WHITE + b"=")
    lone = len(symbols) % 4 == 1  # six bits are no octet
    symbols = symbols[:-1] if lone else symbols
    octets = binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4))
    return octets, "base64_damaged" if foreign or padding.strip(b"=") or lone else ""
