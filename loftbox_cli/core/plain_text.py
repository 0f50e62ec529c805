"""Text of strangers, made safe for a terminal and for one line of a log.

Mail carries control characters, escape sequences (ECMA-48) and marks that turn the
direction of writing (Unicode Standard Annex 9). Printed as they came, they repaint
the screen, forge lines or show a name backwards. Whoever prints for a person calls
one of these two first. What is dropped is only what cannot be seen anyway.
"""

import re

_LINE_END = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 but white space, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # direction of writing
    "\u200b\u2060-\u2065\ufeff"  # without width; the joiners U+200C and U+200D shape real scripts
    "\U000e0000-\U000e007f"  # tags: a hidden alphabet
    "]"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def plain_text(text: str) -> str:
    """Keep the lines of `text`, ended by LF, and drop what a terminal would obey."""
    return _clean(_LINE_END.sub("\n", text))


def plain_line(text: str) -> str:
    """Make one line of `text`: each line end and tab becomes a space."""
    if text.isascii() and text.isprintable():  # ids and words, as nearly all of a log is
        return text
    return _clean(_LINE_END.sub(" ", text).replace("\t", " "))


def _clean(text: str) -> str:
    return _LONE_SURROGATE.sub("\ufffd", _UNSEEN.sub("", text))
