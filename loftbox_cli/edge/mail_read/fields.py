"""The header block of a stranger's mail, field by field (RFC 5322 section 2.2).

Nothing here raises. What breaks a rule is read as the common programs read it, and
named as a defect.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from loftbox_cli.core import charset, encoded_word
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.header import check_text

MAX_BLOCK = 256 * 1024
MAX_FIELD = 64 * 1024
MAX_FIELDS = 1_000

_END = re.compile(rb"\r?\n\r?\n")
_NAME = re.compile(rb"[!-9;-~]+")
_PLAIN_NAME = re.compile(r"[!-9;-~]+")
_PLAIN = bytes((*b"\t\n\r", *range(0x20, 0x7F)))  # octets of nearly all headers
_LINE_END = re.compile(r"\n(?![ \t])")
_FIELD = re.compile(rb"^[!-9;-~]+[ \t]*:", re.MULTILINE)
_FROM_LINE = re.compile(rb">?From [^\r\n]*\r?\n")  # what an mbox file puts before each mail (RFC 4155)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n|\Z)")
_FOLD = re.compile("\r?\n")
_NOT_SHOWN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Block:
    """The fields of one part in order, unfolded and else as written, and where the body starts."""

    fields: tuple[tuple[str, str], ...]
    body: int
    defects: tuple[str, ...] = ()
    _by_name: dict[str, list[str]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.fields:
            self._by_name.setdefault(name.lower(), []).append(value)

    def all(self, name: str) -> Sequence[str]:
        """The values of every field of that name, given in lower case."""
        return self._by_name.get(name, ())

    def first(self, name: str) -> str:
        """The value of the first field of that name, or ""."""
        return next(iter(self.all(name)), "")


def split(raw: bytes, start: int, end: int) -> Block:
    """Read the block that starts at `start`; the part ends at `end`.

    A line that is no field is passed over when fields follow; else the empty line was
    forgotten, and the body starts there.
    """
    start, defects = _prelude(raw, start, end)
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return Block((), raw.index(b"\n", start) + 1, tuple(defects))
    gap = _END.search(raw, start, end)
    stop, body = (gap.start(), gap.end()) if gap else (end, end)
    if plain_fields := _plain_fields(raw[start : min(stop, start + MAX_FIELD)]):
        return Block(plain_fields, body, tuple(defects))
    fields: list[tuple[str, str]] = []
    last_field = -1
    at = start
    while at < stop:
        if at - start >= MAX_BLOCK or len(fields) >= MAX_FIELDS:
            defects["header_truncated"] = None
            break
        line_end = _folded_end(raw, at, stop)
        name, colon, value = raw[at:line_end].partition(b":")
        name = name.rstrip(b" \t")
        begun, at = at, line_end + 1
        if not colon or not _NAME.fullmatch(name):
            defects["header_malformed"] = None
            if last_field < 0:
                last_field = _last_field(raw, begun, min(stop, begun + MAX_BLOCK))
            if begun > last_field:
                body = begun
                break
            continue
        text, found = _unfolded(value)
        defects |= dict.fromkeys(found)
        fields.append((name.decode("ascii"), text))
    if not fields:
        body = start  # no header at all: everything is text
    return Block(tuple(fields), body, tuple(defects))


def shown(value: str) -> str:
    """Decode a value for a person: see `plain`."""
    return plain(encoded_word.decode(value))


def plain(text: str) -> str:
    """Leave nothing in decoded text that could break a line, or could not be sent back.

    Encoded words that hide line breaks within words lose their marks, so that the
    answer to a hostile subject can still be written.
    """
    text = _NOT_SHOWN.sub(" ", text).strip()
    try:
        check_text(text, field="", limit=len(text))
    except BadInput:
        return text.replace("=?", "= ?")
    return text


def _plain_fields(octets: bytes) -> tuple[tuple[str, str], ...]:
    """The fields of a block in which nothing is odd and nothing too long; none for any other.

    It is the header of nearly every mail, and costs a fraction of looking into each field.
    """
    if len(octets) == MAX_FIELD or octets.translate(None, _PLAIN):
        return ()
    if octets.count(b"\r") != octets.count(b"\r\n") or octets.count(b"\n") >= MAX_FIELDS:
        return ()
    fields: list[tuple[str, str]] = []
    for line in _LINE_END.split(octets.decode("ascii").removesuffix("\n")):
        name, colon, value = line.partition(":")
        name = name.rstrip(" \t")
        if not colon or not _PLAIN_NAME.fullmatch(name):
            return ()
        if "\n" in value or "\t" in value:
            value = _NOT_SHOWN.sub(" ", _FOLD.sub("", value))
        fields.append((name, value.strip()))
    return tuple(fields)


def _folded_end(raw: bytes, at: int, stop: int) -> int:
    """Find the line end that closes the field at `at`: the next line starts without white space."""
    while True:
        found = raw.find(b"\n", at, stop)
        if found < 0:
            return stop
        if raw[found + 1 : found + 2] not in (b" ", b"\t"):
            return found
        at = found + 1


def _prelude(raw: bytes, start: int, end: int) -> tuple[int, dict[str, None]]:
    """Pass over what files put before the first field of a mail."""
    defects: dict[str, None] = {}
    if raw.startswith(_BYTE_ORDER_MARK, start, end):
        start += len(_BYTE_ORDER_MARK)
        defects["byte_order_mark"] = None
    if line := _FROM_LINE.match(raw, start, end):
        start = line.end()
        defects["mbox_from_line"] = None
    return start, defects


def _last_field(raw: bytes, start: int, stop: int) -> int:
    """Where the last line of a block stands that could be a field; before `start` for none."""
    place = start - 1
    for found in _FIELD.finditer(raw, start, stop):
        place = found.start()
    return max(place, 0)


def _unfolded(value: bytes) -> tuple[str, list[str]]:
    defects: list[str] = []
    if len(value) > MAX_FIELD:
        defects.append("header_truncated")
    if _CONTROL.search(value):
        defects.append("header_control_character")
    text, guessed = charset.decode(value[:MAX_FIELD], "")
    if guessed:
        defects.append("header_charset_missing")
    return _NOT_SHOWN.sub(" ", _FOLD.sub("", text)).strip(), defects
