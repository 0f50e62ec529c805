"""Which message is refused for its form alone, before anybody reads it.

Only counting happens here, because the peer waits for its 250 (RFC 1047): header
limits that keep the reader safe, lines that nothing downstream could hold, and the
loop that RFC 5321 section 6.3 tells by counting Received fields.
"""

import re

from loftbox_cli.edge.smtp_in.replies import HEADER_TOO_LARGE, LINE_TOO_LONG, LOOPS

MAX_LINE = 64 * 1024  # RFC 5321 section 4.5.3.1.6 asks for 1,000; real senders write far longer ones
MAX_HEADER = 256 * 1024
MAX_FIELD = 64 * 1024
MAX_FIELDS = 1000
MAX_RECEIVED = 100
MAX_OWN_RECEIVED = 4

_CRLF = b"\r\n"
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_RECEIVED = re.compile(rb"received[ \t]*:", re.IGNORECASE)


def refusal_for(content: bytes, hostname: str) -> str | None:
    """The reply to a message that goes no further, or None; `content` has CRLF line ends only."""
    if _has_long_line(content):
        return LINE_TOO_LONG
    end = 0 if content.startswith(_CRLF) else content.find(_CRLF * 2, 0, MAX_HEADER + 2)
    if end < 0 and len(content) > MAX_HEADER:
        return HEADER_TOO_LARGE
    header = content[:end] if end >= 0 else content.removesuffix(_CRLF)
    if _has_too_much(header):
        return HEADER_TOO_LARGE
    if _goes_in_circles(header, hostname):
        return LOOPS
    return None


def _has_long_line(content: bytes) -> bool:
    """Look for a line end in every stride of the longest line, rather than at every line."""
    at = 0
    while len(content) - at > MAX_LINE + len(_CRLF):
        line_end = content.rfind(_CRLF, at, at + MAX_LINE + len(_CRLF))
        if line_end < 0:
            return True
        at = line_end + len(_CRLF)
    return False


def _has_too_much(header: bytes) -> bool:
    # A line that starts with a blank continues its field (RFC 5322 section 2.2.3).
    folds = header.count(b"\r\n ") + header.count(b"\r\n\t")
    if header.count(_CRLF) - folds >= MAX_FIELDS:
        return True
    return len(header) > MAX_FIELD and any(len(field) > MAX_FIELD for field in _FIELD_END.split(header))


def _goes_in_circles(header: bytes, hostname: str) -> bool:
    small = b"\r\n" + header.lower()
    ours = b"by " + hostname.lower().encode()
    # Both counts are cheap and never too low; nearly all mail ends here.
    if small.count(b"\r\nreceived") <= MAX_OWN_RECEIVED:
        return False
    trace = [field for field in _FIELD_END.split(small) if _RECEIVED.match(field)]
    own = sum(_names(field, ours) for field in trace)
    return len(trace) > MAX_RECEIVED or own > MAX_OWN_RECEIVED


def _names(field: bytes, ours: bytes) -> bool:
    """Say whether a Received field was written by us: `by` our name, as a word of its own."""
    return re.search(rb"[ \t\n]" + re.escape(ours) + rb"(?![a-z0-9.-])", field) is not None
