"""Undoing the transfer encoding of a part (RFC 2045 section 6), damage and all."""

import binascii
import re

_SYMBOLS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE = b" \t\r\n"
_FOREIGN = bytes(octet for octet in range(256) if octet not in _SYMBOLS + b"=")
# Section 6.7 rule 3: white space at the end of a line was added on the way, also behind a soft break.
_LOOSE_BREAK = re.compile(rb"=[ \t]+(?=\r?\n|\Z)")
_BROKEN_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]{1,200}\r?$", re.MULTILINE)

_IDENTITY = ("", "7bit", "8bit", "binary", "7-bit", "8-bit", "7bits", "8bits")
_UU_LINE = 45  # octets in a full one
_UU = ("x-uuencode", "uuencode", "x-uue", "uue")


def is_identity(encoding: str) -> bool:
    """Say whether the body stands there as it is."""
    return encoding in _IDENTITY


def decoded(body: bytes, encoding: str) -> tuple[bytes, str]:
    """Answer what came out and the defect, "" for none. Never raises."""
    if encoding in _IDENTITY:
        return body, ""
    if encoding == "base64":
        return _base64(body)
    if encoding in ("quoted-printable", "quoted_printable"):
        return _quoted_printable(body)
    return _uu(body) if encoding in _UU else (body, "transfer_encoding_unknown")


def _base64(body: bytes) -> tuple[bytes, str]:
    """Decode what there is: RFC 2045 section 6.8 passes over what is outside the alphabet."""
    symbols, _, padding = body.translate(None, _FOREIGN).partition(b"=")
    foreign = body.translate(None, _SYMBOLS + _WHITE + b"=")
    lone = len(symbols) % 4 == 1  # six bits are no octet
    symbols = symbols[:-1] if lone else symbols
    octets = binascii.a2b_base64(symbols + b"=" * (-len(symbols) % 4))
    return octets, "base64_damaged" if foreign or padding.strip(b"=") or lone else ""


def _quoted_printable(body: bytes) -> tuple[bytes, str]:
    if b"= " in body or b"=\t" in body:
        body = _LOOSE_BREAK.sub(b"=", body)
    damaged = _BROKEN_ESCAPE.search(body) is not None
    return binascii.a2b_qp(body), "quoted_printable_damaged" if damaged else ""


def _uu(body: bytes) -> tuple[bytes, str]:
    """Decode the lines between `begin` and `end` (POSIX uuencode)."""
    begin = _UU_BEGIN.search(body)
    if begin is None:
        return body, "uuencode_damaged"
    octets: list[bytes] = []
    # A line names its length, and what is missing counts as zeros: a few octets must not become many.
    room = max(len(body), _UU_LINE)
    for line in body[begin.end() :].split(b"\n")[1:]:
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            octets.append(binascii.a2b_uu(line.rstrip(b"\r")))
        except binascii.Error:
            return b"".join(octets), "uuencode_damaged"
        room -= len(octets[-1])
        if room < 0:
            return b"".join(octets[:-1]), "uuencode_damaged"
    return b"".join(octets), ""
