"""Characters that nobody sees and a program reads: where words are hidden from a person.

Default ignorable code points (Unicode Standard, section 5.21), the marks that turn the
direction of writing (Annex 9) and the tag characters, which spell ASCII unseen. Text for
an agent is what a person would see, so they are taken out and counted. Some of them
shape what is seen and stay there: a joiner between letters of a script that joins, or
between emoji (Annex 51), and one variation selector behind the character it selects for.

Who approves a text has to see that they are there: for that person they are marked.
"""

import re

_INVISIBLE = re.compile(
    "["
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "]+"
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_JOINERS = "\u200c\u200d"
# Arabic, the scripts of India and those to Mongolian, and the later blocks of the same.
_JOINING = re.compile("[\u0600-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]")
_PICTURE = re.compile("[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff]")
_IDEOGRAPH = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KEYCAPS = frozenset("#*0123456789")


def visible(text: str) -> tuple[str, int]:
    """Answer the text without what nobody sees, and how many characters that were."""
    if text.isascii() or _INVISIBLE.search(text) is None:
        return text, 0
    seen = _INVISIBLE.sub(lambda run: _kept(text, run.start(), run.end()), text)
    return seen, len(text) - len(seen)


def holds_invisible(text: str) -> bool:
    """Whether some of it nobody sees, even where it shapes what stands around it."""
    return _INVISIBLE.search(text) is not None


def marked(text: str) -> str:
    """The text with each character that nobody sees spelt out, as <U+202E>; lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    shown = _INVISIBLE.sub(lambda run: _spelt(text, run.start(), run.end()), text)
    return _CONTROL.sub(lambda found: _mark(found[0]), shown)


def _spelt(text: str, start: int, end: int) -> str:
    kept = _kept(text, start, end)  # what stays stands at the beginning of a run
    return kept + "".join(map(_mark, text[start + len(kept) : end]))


def _mark(character: str) -> str:
    return f"<U+{ord(character):04X}>"


def _kept(text: str, start: int, end: int) -> str:
    """The part of one run that shapes what stands around it."""
    before, after = text[start - 1 : start], text[end : end + 1]
    kept = ""
    mark = text[start]
    if _selects(mark, before, after):
        kept, start = mark, start + 1
    if end - start != 1 or text[start] not in _JOINERS:
        return kept
    joins = _JOINING.match(before) and _JOINING.match(after)
    pictures = text[start] == "\u200d" and _PICTURE.match(before) and _PICTURE.match(after)
    return kept + text[start] if joins or pictures else kept


def _selects(mark: str, before: str, after: str) -> bool:
    """Whether a variation selector has its character before it."""
    if mark in "\ufe0e\ufe0f":
        return _PICTURE.match(before) is not None or (before in _KEYCAPS and after == "\u20e3")
    is_selector = "\ufe00" <= mark <= "\ufe0d" or "\U000e0100" <= mark <= "\U000e01ef"
    return is_selector and _IDEOGRAPH.match(before) is not None
