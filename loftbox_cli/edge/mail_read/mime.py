"""The parts of a mail (RFC 2046): where each starts and ends, and what it is.

The walk keeps its own stack and stops at 1,000 parts and at depth 30, so that a mail
of nested or countless parts costs a bounded time and still gives its first parts.
It goes into embedded messages too, and marks what it finds there: that is somebody
else's mail. Where readers could disagree about what a part is, a defect says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loftbox_cli.edge.mail_read import fields, parameters, transfer
from loftbox_cli.edge.mail_read.fields import Block

MAX_PARTS = 1_000
MAX_DEPTH = 30
NO_PARENT = -1

_DEFAULT = "text/plain"
_MESSAGES = ("message/rfc822", "message/global")  # RFC 6532 section 3.7 for the second
_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,127}/[!#$&^_.+a-z0-9-]{1,127}")
_SINGLE = ("content-type", "content-transfer-encoding", "content-disposition", "content-id")
_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*+(?:\r?\n|\Z)")
_ENCODED_BOUNDARY = re.compile(r";\s*boundary\*|=\?[^?]{1,60}\?[bq]\?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its place in the walk, its fields, and where in the mail its body lies.

    `parent` is the place of what holds it, `name` its file name as declared.
    `is_container` says that its body is only its children, `is_embedded` that it belongs
    to a message within this mail.
    """

    place: int
    parent: int
    block: Block
    content_type: str
    parameters: dict[str, str]
    encoding: str
    disposition: str
    name: str
    raw: bytes
    start: int
    end: int
    is_container: bool = False
    is_embedded: bool = False
    defects: tuple[str, ...] = ()

    @property
    def is_message(self) -> bool:
        """Whether it holds a whole mail, which stands there readable."""
        return self.content_type in _MESSAGES and transfer.is_identity(self.encoding)

    def content(self) -> tuple[bytes, str]:
        """Undo the transfer encoding; answer what came out and the defect, or ""."""
        return transfer.decoded(self.raw[self.start : self.end], self.encoding)


@dataclass(frozen=True, slots=True)
class _Span:
    """Octets that wait to be read as a part."""

    start: int
    end: int
    parent: int = NO_PARENT
    depth: int = 0
    default: str = _DEFAULT
    is_embedded: bool = False
    boundaries: tuple[str, ...] = ()


def walk(raw: bytes) -> Iterator[Part]:
    """All parts in the order in which they stand; the first is the mail itself."""
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")  # as files were written on old machines
    waiting = [_Span(0, len(raw))]
    place = 0
    while waiting:
        span = waiting.pop()
        part = _part(raw, place, span)
        place += 1
        part, children = _opened(part, span, MAX_PARTS - place - len(waiting))
        yield part
        waiting += reversed(children)


def _part(raw: bytes, place: int, span: _Span) -> Part:
    block = fields.split(raw, span.start, span.end)
    content = parameters.parse(block.first("content-type") or span.default)
    encoding, odd = parameters.token(block.first("content-transfer-encoding"))
    disposition = parameters.parse(block.first("content-disposition"))
    defects = [*block.defects, *content.defects]
    defects += [f"{name.replace('-', '_')}_twice" for name in _SINGLE if len(block.all(name)) > 1]
    if odd:
        defects.append("comment_in_transfer_encoding")
    content_type = content.kind
    if not _TYPE.fullmatch(content_type):
        # RFC 2045 section 5.2: what cannot be understood is plain text.
        content_type = _DEFAULT
        defects.append("content_type_malformed")
    return Part(
        place,
        span.parent,
        block,
        content_type,
        content.parameters,
        encoding,
        disposition.kind,
        disposition.parameters.get("filename") or content.parameters.get("name", ""),
        raw,
        block.body,
        span.end,
        is_embedded=span.is_embedded,
        defects=tuple(defects),
    )


def _opened(part: Part, span: _Span, room: int) -> tuple[Part, list[_Span]]:
    """Find the children of a part, at most `room` of them."""
    if part.is_message:
        if span.depth >= MAX_DEPTH or room < 1:
            return replace(part, defects=(*part.defects, "mime_truncated")), []
        return part, [_Span(part.start, part.end, part.place, span.depth + 1, is_embedded=True)]
    if not part.content_type.startswith("multipart/"):
        return part, []
    boundary = part.parameters.get("boundary", "").rstrip(" ")
    if not boundary:
        return replace(part, defects=(*part.defects, "boundary_missing")), []
    if span.depth >= MAX_DEPTH:
        return replace(part, is_container=True, defects=(*part.defects, "mime_truncated")), []
    found, defects = _children(part, boundary, room)
    if boundary in span.boundaries:
        defects = (*defects, "boundary_reused")
    if _ENCODED_BOUNDARY.search(part.block.first("content-type")):
        defects = (*defects, "boundary_encoded")
    if not transfer.is_identity(part.encoding):
        defects = (*defects, "multipart_encoded")  # RFC 2045 section 6.4 forbids it
    # RFC 2046 section 5.1.5: within a digest a part is a message unless it says otherwise.
    default = _MESSAGES[0] if part.content_type == "multipart/digest" else _DEFAULT
    above = (*span.boundaries, boundary)
    children = [
        _Span(first, last, part.place, span.depth + 1, default, part.is_embedded, above)
        for first, last in found
    ]
    # Without a single delimiter readers show the body as text: so it stays one.
    is_container = bool(found) or "mime_truncated" in defects
    return replace(part, is_container=is_container, defects=(*part.defects, *defects)), children


def _children(part: Part, boundary: str, room: int) -> tuple[list[tuple[int, int]], tuple[str, ...]]:
    """Find where the children of a container lie."""
    raw, end = part.raw, part.end
    dashes = b"\n--" + boundary.encode("utf-8", "replace")
    found: list[tuple[int, int]] = []
    opened = -1
    at = raw.find(dashes, max(0, part.start - 1), end)
    while at >= 0:
        rest = _REST_OF_DELIMITER.match(raw, at + len(dashes), end)
        if rest is None:
            at = raw.find(dashes, at + 1, end)
            continue
        # Two delimiters in a row, which some programs write, hold no part between them.
        if opened >= 0 and (at >= opened or rest[1]):
            if len(found) >= room:
                return found, ("mime_truncated",)
            # RFC 2046 section 5.1.1: the line end before the delimiter belongs to it.
            last = at - 1 if raw[at - 1 : at] == b"\r" else at
            found.append((opened, max(opened, last)))
        if rest[1]:
            defects = () if found else ("boundary_missing",)
            again = raw.find(dashes, rest.end() - 1, end)
            if again >= 0 and _REST_OF_DELIMITER.match(raw, again + len(dashes), end):
                defects = (*defects, "boundary_after_end")
            return found, defects
        opened = rest.end()
        at = raw.find(dashes, opened - 1, end)
    if opened < 0:
        return found, ("boundary_missing",)
    if len(found) >= room:
        return found, ("mime_truncated",)
    return [*found, (opened, end)], ("boundary_not_closed",)
