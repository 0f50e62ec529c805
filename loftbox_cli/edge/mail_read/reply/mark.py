"""A line in the form in which marks are recognised."""

import re
import unicodedata
from collections.abc import Sequence

MAX_LOOKED_AT = 1_000  # characters of a line that can be a mark

UNWRITTEN = " \t\r\n\u00a0\u200b\ufeff"
# With one of them in ASCII there is more to do than lower case.
_UNTIDY = ("*", "&nbsp;", "\t", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x1f")
_NEAR = 8  # lines in which the next one with words must stand

# No width, no direction: programs wrap names and addresses in them.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Proton drew with hyphens that are no ASCII; QQ writes the entity of HTML into its text.
_DASHES = str.maketrans("\u2010\u2011\u2012\uff1a", "---:")
# The Bat sets the initials of the writer: "JD> Hello".
_QUOTED = re.compile("[\\s\u200b-\u200f\ufeff]{0,20}(?:[A-Z]{2}(?=>+ ))?>")


def of(line: str) -> str:
    """Lower case, one space between words, no emphasis and nothing unseen; drawn lines are dashes."""
    text = line[:MAX_LOOKED_AT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).translate(_DASHES)
    if "&nbsp;" in text:
        text = text.replace("&nbsp;", " ")
    if "*" in text:
        text = text.replace("***", "---").replace("*", " ")
    words = " ".join(text.lower().split())
    return words.replace(" :", ":")  # French sets a space before it


def of_all(lines: Sequence[str]) -> list[str]:
    """The marks of several lines, for little where they are plain words as they stand."""
    # One after the other, a space at the end of a line stands beside the one between them.
    words = " ".join(filter(None, lines))
    if (
        not words.isascii()
        or any(sign in words for sign in _UNTIDY)
        or "  " in words
        or (":" in words and " :" in words)
        or words != words.strip(" ")
        or max(map(len, lines), default=0) > MAX_LOOKED_AT
    ):
        return [of(line) for line in lines]
    return [line.lower() for line in lines]


def is_quoted(line: str) -> bool:
    """Say whether the line is marked as somebody else's (RFC 3676 section 4.5)."""
    if not line.startswith(">") and (">" not in line[:24] or not _QUOTED.match(line)):
        return False
    # "<<" at the end makes an ornament of it: ">>> Sale! <<<"
    return "<<" not in line or not line[-20:].rstrip().endswith("<<")


class Lines:
    """The lines of one mail; the mark of each is made when it is first asked for."""

    __slots__ = ("_marks", "quoted", "raw")

    def __init__(self, raw: Sequence[str]) -> None:
        self.raw = raw
        self.quoted = [">" in line and is_quoted(line) for line in raw]
        self._marks: dict[int, str] = {}
        if any(self.quoted) and all(
            line.lstrip().startswith(">>> ") for line, quoted in zip(raw, self.quoted, strict=True) if quoted
        ):
            self.quoted = [False] * len(raw)  # nobody quotes so deeply alone: it is Python's prompt

    def __len__(self) -> int:
        return len(self.raw)

    def mark(self, at: int) -> str:
        """The line in the form in which marks are recognised."""
        said = self._marks.get(at)
        if said is None:
            said = self._marks[at] = of(self.raw[at])
        return said

    def is_blank(self, at: int) -> bool:
        """Say whether nothing can be seen on the line."""
        return not self.raw[at].strip(UNWRITTEN)

    def next_written(self, at: int) -> int:
        """The next line with words, if it is near; else the end."""
        for place in range(at, min(at + _NEAR, len(self.raw))):
            if not self.is_blank(place):
                return place
        return len(self.raw)
