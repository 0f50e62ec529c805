"""How one header field is written: folded, in ASCII, and so that it reads back as it was meant.

The standard library's generator folds by taking a value apart again, and has both
written line breaks out of encoded words (CVE-2024-6923) and lost the quotes of a
long name with a comma, so that one recipient became two (gh-80222). So the lines
are laid out here: what must not be cut is one piece, and a fold stands only
between pieces (RFC 5322 section 2.2.3).
"""

import re
from collections.abc import Sequence

from loftbox_cli.core import encoded_word
from loftbox_cli.core.reading import Party

WIDTH = 78  # RFC 5322 section 2.1.1: should, and 998 must
_LONGEST_PIECE = 900
_PIECE = re.compile(r" *[^ ]+")
_ATOM_NAME = re.compile(r"[A-Za-z0-9!#$&'*+/^_`{|}~-]+(?: [A-Za-z0-9!#$&'*+/^_`{|}~-]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9._-]+")
_SECTION = 48  # octets of a parameter on one line of its own


def unstructured(name: str, text: str) -> str:
    """Write free text, such as Subject, as itself or in encoded words."""
    if _stands_for_itself(text):
        return _folded(name, [found[0] for found in _PIECE.finditer(text)])
    return _folded(name, encoded_word.encode(text))


def mailboxes(name: str, parties: Sequence[Party]) -> str:
    """Write an address list, each mailbox in one piece but for encoded words in its name."""
    pieces: list[str] = []
    for place, party in enumerate(parties):
        comma = "," if place + 1 < len(parties) else ""
        if party.name:
            *words, last = _phrase(party.name)
            pieces += words
            pieces.append(f"{last} <{party.address}>{comma}")
        else:
            pieces.append(party.address + comma)
    return _folded(name, pieces)


def message_ids(name: str, ids: Sequence[str]) -> str:
    """Write msg-ids, which must not be cut (RFC 5322 section 3.6.4)."""
    return _folded(name, list(ids))


def with_filename(name: str, value: str, filename: str) -> str:
    """Write a value with a `filename` parameter (RFC 2183), by RFC 2231 where it is not a token."""
    if _TOKEN.fullmatch(filename) and len(filename) <= _SECTION:
        return _folded(name, [f"{value};", f"filename={filename}"])
    octets = "".join(chr(b) if chr(b).isalnum() and b < 0x80 else f"%{b:02X}" for b in filename.encode())
    # A percent triplet is one unit: a section may not end within it (RFC 2231 section 4.1).
    units = re.findall(r"%..|.", octets)
    sections = ["".join(units[at : at + _SECTION // 3]) for at in range(0, len(units), _SECTION // 3)]
    sections[0] = "utf-8''" + sections[0]
    if len(sections) == 1:
        return _folded(name, [f"{value};", f"filename*={sections[0]}"])
    last = len(sections) - 1
    return _folded(
        name,
        [f"{value};", *(f"filename*{n}*={s}{';' if n < last else ''}" for n, s in enumerate(sections))],
    )


def parameters(name: str, value: str, *parameters: str) -> str:
    """Write a value of ours with parameters of ours."""
    *before, last = (value, *parameters)
    return _folded(name, [*(f"{each};" for each in before), last])


def plain(name: str, value: str) -> str:
    """Write a short value that we made ourselves."""
    return _folded(name, [value])


def _stands_for_itself(text: str) -> bool:
    return (
        text.isascii()
        and "=?" not in text
        and text == text.strip(" ")
        and all(len(found[0]) <= _LONGEST_PIECE for found in _PIECE.finditer(text))
    )


def _phrase(name: str) -> list[str]:
    if _ATOM_NAME.fullmatch(name):
        return [name]
    if name.isascii() and "=?" not in name and name == " ".join(name.split()):
        return ['"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"']
    return encoded_word.encode(name)


def _folded(name: str, pieces: Sequence[str]) -> str:
    """Lay pieces out on lines of 78; a piece brings its own leading spaces, or gets one."""
    lines: list[str] = []
    line = f"{name}:"
    for piece in pieces:
        spaced = piece if piece.startswith(" ") else f" {piece}"
        # The first piece stays beside the name: a first line of white space alone is obsolete syntax.
        if len(line) + len(spaced) > WIDTH and line != f"{name}:":
            lines.append(line)
            line = spaced
        else:
            line += spaced
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"
