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
_TRIPLET = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Parametrised:
    """What stands before the first semicolon, in lower case, its decoded parameters, and the defects met."""

    kind: str
    parameters: dict[str, str]
    defects: tuple[str, ...] = ()


def parse(value: str) -> Parametrised:
    """Read a field's value. Never raises; of two parameters of one name the first counts."""
    pieces = _PIECE.findall(value)
    defects: dict[str, None] = {}
    found: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    if len(pieces) > MAX_PARAMETERS:
        defects["parameters_truncated"] = None
    for piece in pieces[1 : MAX_PARAMETERS + 1]:
        name, equals, content = piece.partition("=")
        key, text = name.strip().lower(), _unquoted(content.strip())
        if not equals or not key:
            continue
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
    return Parametrised(pieces[0].strip().lower() if pieces else "", found, tuple(defects))


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
