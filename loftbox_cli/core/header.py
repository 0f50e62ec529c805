"""What a caller may put into a header field: names from a closed list, values of one line.

RFC 5322 section 2.2 ends a field at CRLF, so a line break in a value starts a field
of the caller's choosing. The standard library's generator has let such breaks
through more than once, also out of an encoded word (CVE-2024-6923). So every value
is looked at here, as it stands and as a reader would decode it, and is refused, never
cleaned: whoever sends a line break by mistake should learn of it.
"""

import re

from loftbox_cli.core import encoded_word
from loftbox_cli.core.errors import BadInput

MAX_SUBJECT = 998
MAX_NAME = 256
MAX_VALUE = 4_000
MAX_HEADER_NAME = 64
MAX_FILENAME = 200

# C0, DEL, C1 with NEL, LINE and PARAGRAPH SEPARATOR, lone surrogates.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
SUPPRESS_MARK = "X-Auto-Response-Suppress"  # ours to set, beside Auto-Submitted
# All that [MS-OXCMAIL] 2.1.3.2.20 knows but NDR: "All" would ask Exchange not to tell us of bounces.
SUPPRESSED = "DR, RN, NRN, OOF, AutoReply"
_CUSTOM = re.compile(rf"(?i:x-(?!loftbox-|{SUPPRESS_MARK[2:]}\Z)[a-z0-9-]+|keywords|comments)")
_ROUNDS = 3  # a word inside a word inside a word; what is deeper is no accident
_CHOICE = "allowed are X-* but X-LoftBox-*, Keywords and Comments"


def check_text(text: str, *, field: str, limit: int = MAX_NAME) -> None:
    """Refuse what could end a line, now or after a reader has decoded it."""
    if len(text) > limit:
        raise BadInput(f"{field or 'value'} is longer than {limit} characters", fix="shorten it", field=field)
    seen = text
    for _ in range(_ROUNDS):
        found = _FORBIDDEN.search(seen)
        if found:
            raise BadInput(
                f"{field or 'value'} holds the control character U+{ord(found[0]):04X}",
                fix="write it in one line, without control characters",
                field=field,
            )
        if not encoded_word.has_word(seen):
            return
        seen = encoded_word.decode(seen)
    raise BadInput(
        f"{field or 'value'} holds encoded words within encoded words",
        fix="write the text itself; it is encoded for you",
        field=field,
    )


def one_line(text: str, *, limit: int = MAX_SUBJECT) -> str:
    """What a stranger wrote, as it may stand in a field of ours; "" for what no cleaning makes harmless."""
    line = " ".join(_FORBIDDEN.sub(" ", text).split())[:limit]
    try:
        check_text(line, field="", limit=limit)
    except BadInput:
        return ""
    return line


def check_name(text: str, *, field: str) -> None:
    """Refuse a name that is no name, or that could end a line."""
    if not text.strip():
        raise BadInput(f"{field} is empty", fix="give it a name", field=field)
    check_text(text, field=field)


def check_header(name: str, value: str, *, field: str) -> None:
    """Refuse a custom field that is not on the closed list, or whose value is not one line."""
    if len(name) > MAX_HEADER_NAME or not _CUSTOM.fullmatch(name):
        raise BadInput(f"the header {name[:100]!a} cannot be set", fix=_CHOICE, field=field)
    if not value.strip():
        raise BadInput(f"the header {name} is empty", fix="leave it out, or give it a value", field=field)
    check_text(value, field=field, limit=MAX_VALUE)


def check_filename(name: str, *, field: str) -> None:
    """Refuse what is no plain file name: it becomes a parameter here and a path at the reader's."""
    check_text(name, field=field, limit=MAX_FILENAME)
    if not name.strip(" .") or "/" in name or "\\" in name:
        raise BadInput(f"{name[:100]!a} is not a file name", fix="give a name without a folder", field=field)
