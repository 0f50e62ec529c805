"""A line in the form in which marks are recognised."""

import re
import unicodedata

MAX_LOOKED_AT = 1_000  # characters of a line that can be a mark

# No width, no direction: programs wrap names and addresses in them.
_UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_QUOTED = re.compile("[\\s\u200b-\u200f\ufeff]{0,20}>")


def of(line: str) -> str:
    """Lower case, one space between words, no emphasis and nothing unseen."""
    text = line[:MAX_LOOKED_AT]
    if not text.isascii():
        text = unicodedata.normalize("NFC", _UNSEEN.sub("", text)).replace("\uff1a", ":")
    words = " ".join(text.lower().replace("*", " ").split())
    return words.replace(" :", ":")  # French sets a space before it


def is_prompt(line: str) -> bool:
    """Say whether the line could be what a person typed at Python's prompt."""
    return line.lstrip().startswith((">>> ", "... "))


def is_quoted(line: str) -> bool:
    """Say whether the line is marked as somebody else's (RFC 3676 section 4.5)."""
    if not _QUOTED.match(line):
        return False
    # "<<" at the end makes an ornament of it: ">>> Sale! <<<"
    return not line[-20:].rstrip().endswith("<<")
