"""The language of manual pages, mdoc(7), as far as our pages use it.

Words are written as plain text in which `code` stands between backticks, another page
is named like loftbox(1), and --options are known by their dashes.
"""

import re
from collections.abc import Iterable, Iterator
from textwrap import wrap

WIDTH = 78

_MARKED = re.compile(
    r"(\(?`[^`]+`[.,;:)]*|\(?\b[a-z][\w.-]*\([1-8]\)[.,;:)]*|(?<![\w-])\(?--?[a-z][a-z-]*\b[.,;:)]*)"
)
_FLAG = re.compile(r"(?P<open>\(?)-(?P<flag>-?[a-z][a-z-]*)(?P<close>[.,;:)]*)")
_CODE = re.compile(r"(?P<open>\(?)`(?P<code>[^`]+)`(?P<close>[.,;:)]*)")
_PAGE = re.compile(r"(?P<open>\(?)(?P<name>[\w.-]+)\((?P<section>[1-8])\)(?P<close>[.,;:)]*)")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")

_SPECIAL = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", '"': r"\(dq", "^": r"\(ha", "~": r"\(ti"}


def literal(text: str) -> str:
    """Write text that is typed or shown exactly so."""
    line = "".join(_SPECIAL.get(sign, _ascii(sign)) for sign in text)
    return f"\\&{line}" if line.startswith(".") else line


def plain(text: str) -> str:
    """Write text that is read."""
    line = "".join(r"\e" if sign == "\\" else _ascii(sign) for sign in text)
    return f"\\&{line}" if line.startswith((".", "'")) else line


def arguments(words: Iterable[str]) -> str:
    """Write the arguments of a macro, so that none is taken for a macro or for punctuation."""
    return " ".join(_argument(word) for word in words)


def prose(paragraph: str) -> Iterator[str]:
    """Write one paragraph: each sentence on a line of its own, marked words by macros."""
    for part in _MARKED.split(" ".join(paragraph.split())):
        if code := _CODE.fullmatch(part):
            yield _around(".Cm", code["open"], arguments(code["code"].split()), code["close"])
        elif page := _PAGE.fullmatch(part):
            yield _around(".Xr", page["open"], f"{page['name']} {page['section']}", page["close"])
        elif flag := _FLAG.fullmatch(part):
            yield _around(".Fl", flag["open"], literal(flag["flag"]), flag["close"])
        elif part.strip():
            for sentence in _SENTENCE_END.split(part.strip()):
                yield from map(plain, wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False))


def paragraphs(*texts: str) -> Iterator[str]:
    """Write texts, each of which may hold several paragraphs with empty lines between them."""
    pieces = (piece for text in texts for piece in text.split("\n\n"))
    for number, piece in enumerate(pieces):
        if number:
            yield ".Pp"
        yield from prose(piece)


def listing(items: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    """Write a list; each item is the macros of its head and the lines of its body."""
    yield ".Bl -tag -width Ds"
    for head, body in items:
        yield f".It {head}"
        yield from body
    yield ".El"


def display(lines: Iterable[str]) -> Iterator[str]:
    """Write lines as they stand."""
    yield ".Bd -literal -offset indent"
    yield from map(literal, lines)
    yield ".Ed"


def _ascii(sign: str) -> str:
    return sign if sign.isascii() else f"\\[u{ord(sign):04X}]"


def _argument(word: str) -> str:
    # A mark alone is punctuation to mdoc, and two or three letters may be a macro.
    if re.fullmatch(r"[\]\[().,:;?!|]|[%A-Z][A-Za-z0-9]{1,2}", word):
        return rf"\&{word}"
    return literal(word)


def _around(macro: str, opening: str, middle: str, closing: str) -> str:
    return " ".join([macro, *opening, middle, *closing])
