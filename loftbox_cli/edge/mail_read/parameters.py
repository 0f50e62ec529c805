"""Parameters of a MIME field: `type; name=value` (RFC 2045 section 5.1, RFC 2231)."""

import re
from dataclasses import dataclass

from loftbox_cli.core import charset

MAX_PARAMETERS = 200

# A backslash takes its neighbour with it outside quotes too: so an unclosed quote is
# tried once and not again from each later one.
_PIECE = re.compile(r'(?:[^;"\\]|\\.|"(?:[^"\\]|\\.)*+"|"|\\)++', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SECTION = re.compile(r"([^*]+)\*(?:([0-9]{1,3})(\*)?)?")
_COMMENT_MARK = re.compile(r"[()\\]")
_TRIPLET = re.compile(rb"%([0-9A-Fa-f]{2})")


_TOKENS = ("boundary", "charset", "format", "delsp", "method")


@dataclass(frozen=True, slots=True)
class Parametrised:
    """What stands before the first semicolon, in lower case, its decoded parameters, and the defects met."""

    kind: str
    parameters: dict[str, str]
    defects: tuple[str, ...] = ()


def parse(value: str) -> Parametrised:
    """Read a field's value. Never raises; of two parameters of one name the first counts."""
    if not value:
        return Parametrised("", {})
    pieces = _PIECE.findall(value)
    kind, commented = token(pieces[0] if pieces else "")
    defects: dict[str, None] = {}
    found: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    if commented:
        defects["comment_in_type"] = None
    if len(pieces) > MAX_PARAMETERS:
        defects["parameters_truncated"] = None
    for piece in pieces[1 : MAX_PARAMETERS + 1]:
        name, equals, content = piece.partition("=")
        key, text = without_comments(name)[0].strip().lower(), _unquoted(content.strip())
        if not equals or not key:
            continue
        if key in _TOKENS and "(" in text and '"' not in content:
            # In a file name brackets are letters: many senders write one without quotes.
            text = without_comments(text)[0].strip()
            defects["comment_in_type"] = None
        section = _SECTION.fullmatch(key)
        if section is None:
            if key in found:
                defects["parameter_twice"] = None
            found.setdefault(key, text)
        else:
            # `name*=` is one extended value, `name*1*=` an extended section, `name*1=` a plain one.
            extended = section[2] is None or section[3] is not None
            sections.setdefault(section[1], {}).setdefault(int(section[2] or 0), (text, extended))
    # Where both forms stand the extended one is meant for those who can read it (RFC 6266 section 4.3).
    found |= {key: _joined(parts) for key, parts in sections.items()}
    return Parametrised("".join(kind.split()), found, tuple(defects))


def token(value: str) -> tuple[str, bool]:
    """Read the one word of a field, in lower case; say whether a comment stood with it."""
    text, commented = without_comments(value)
    return text.partition(";")[0].strip(" \t\"'").lower(), commented


def without_comments(value: str) -> tuple[str, bool]:
    """Take comments out (RFC 822 section 3.4.3); say whether there was one. An open one takes the rest."""
    if "(" not in value:
        return value, False
    kept: list[str] = []
    depth = at = 0
    while mark := _COMMENT_MARK.search(value, at):
        if not depth:
            kept.append(value[at : mark.start()])
        end = mark.end() + (mark[0] == "\\")
        if mark[0] != "(" and not depth:
            kept.append(value[mark.start() : end])
        depth = max(0, depth + {"(": 1, ")": -1}.get(mark[0], 0))
        at = end
    if not depth:
        kept.append(value[at:])
    return "".join(kept), True


def _unquoted(content: str) -> str:
    quoted = _QUOTED.match(content)
    return _ESCAPED.sub(r"\1", quoted[1]) if quoted else content


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    label = ""
    octets = b""
    for place in sorted(parts):
        text, extended = parts[place]
        if extended and place == 0 and text.count("'") >= 2:
            label, _, text = text.split("'", 2)
        piece = text.encode("utf-8", "replace")
        octets += _TRIPLET.sub(lambda hit: bytes([int(hit[1], 16)]), piece) if extended else piece
    return charset.decode(octets, label)[0]
