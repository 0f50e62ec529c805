"""Encoded words (RFC 2047): text beyond ASCII in a header field, both ways."""

import binascii
import re

from loftbox_cli.core import charset

MAX_WORD = 75  # RFC 2047 section 2
# Between "?" only what section 2 allows as encoded-text, so that each scan ends soon.
# A charset may carry a language after "*" (RFC 2231 section 5).
_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*)\?=")
_BETWEEN = re.compile(r"[ \t]+")
# What may stand for itself in a word anywhere, in a phrase too (section 5 rule 3).
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_HEAD, _TAIL = "=?utf-8?", "?="


def has_word(text: str) -> bool:
    """Say whether a reader would take some of `text` for an encoded word."""
    return "=?" in text and _WORD.search(text) is not None


def decode(text: str) -> str:
    """Decode the encoded words of `text` for display; what is no word stays. Never raises.

    White space between two neighbours is no part of the text (section 6.2).
    Neighbours of one set are joined before decoding: many senders cut a character
    in two, against section 5.
    """
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = b""
    label = ""
    at = 0
    for word in _WORD.finditer(text):
        between = text[at : word.start()]
        joined = bool(label) and (not between or _BETWEEN.fullmatch(between) is not None)
        octets = _octets(word[2], word[3])
        if joined and word[1].lower() == label:
            pending += octets
        else:
            out.append(charset.decode(pending, label)[0])
            if not joined:
                out.append(between)
            pending, label = octets, word[1].lower()
        at = word.end()
    out.append(charset.decode(pending, label)[0])
    out.append(text[at:])
    return "".join(out)


def encode(text: str) -> list[str]:
    """Write `text` as encoded words of UTF-8, each within the 75 characters of section 2.

    No character is cut in two (section 5). Of Q and B the shorter is taken.
    """
    octets = text.encode()
    spelled = sum(1 if octet in _PLAIN or octet == 0x20 else 3 for octet in octets)
    if spelled <= (len(octets) + 2) // 3 * 4:
        room = MAX_WORD - len(_HEAD) - len("q?") - len(_TAIL)
        return [f"{_HEAD}q?{chunk}{_TAIL}" for chunk in _packed([_q(char) for char in text], room)]
    room = (MAX_WORD - len(_HEAD) - len("b?") - len(_TAIL)) // 4 * 3
    chunks = _packed([char.encode().decode("latin-1") for char in text], room)
    return [f"{_HEAD}b?{_b(chunk.encode('latin-1'))}{_TAIL}" for chunk in chunks]


def _octets(encoding: str, encoded: str) -> bytes:
    ascii_only = encoded.encode("ascii", "replace")
    if encoding in "qQ":
        return binascii.a2b_qp(ascii_only, header=True)
    try:
        return binascii.a2b_base64(ascii_only + b"=" * (-len(ascii_only) % 4))
    except binascii.Error:
        return ascii_only


def _b(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode("ascii")


def _q(char: str) -> str:
    if char == " ":
        return "_"
    return "".join(chr(octet) if octet in _PLAIN else f"={octet:02X}" for octet in char.encode())


def _packed(pieces: list[str], room: int) -> list[str]:
    """Join pieces, never cut, into chunks of at most `room` characters."""
    chunks: list[str] = []
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > room:
            chunks.append("".join(chunk))
            chunk, size = [], 0
        chunk.append(piece)
        size += len(piece)
    chunks.append("".join(chunk))
    return chunks
