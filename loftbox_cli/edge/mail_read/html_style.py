"""What styles say about being seen: the few properties by which a mail hides its words.

Declarations of the style attribute, of the old attributes, and of rules in a style sheet
whose selector is one tag, class or id. Rules for some media only are passed over: what a
telephone hides is still shown on a desk. Where a background cannot be known, no colour is
taken for hidden: a word too much is better than a person's own words lost.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

MAX_SHEET = 64 * 1024
MAX_RULES = 1_000

Colour = tuple[int, int, int]
UNKNOWN: Colour = (-1, -1, -1)
WHITE: Colour = (255, 255, 255)
_CLOSE = 12  # of 255: two colours that no eye tells apart
_FAR = 400  # pixels beside the page

_NAMED = {
    "white": WHITE,
    "black": (0, 0, 0),
    "snow": (255, 250, 250),
    "ivory": (255, 255, 240),
    "ghostwhite": (248, 248, 255),
    "whitesmoke": (245, 245, 245),
    "red": (255, 0, 0),
    "green": (0, 128, 0),
    "blue": (0, 0, 255),
    "gray": (128, 128, 128),
    "grey": (128, 128, 128),
    "silver": (192, 192, 192),
    "yellow": (255, 255, 0),
    "navy": (0, 0, 128),
}
_LENGTH = re.compile(r"([+-]?[0-9]*\.?[0-9]+)(px|pt|em|rem|ex|%|vw|cm|in|)")
_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})")
_RGB = re.compile(r"rgba?\(\s*([0-9]{1,3})[\s,]+([0-9]{1,3})[\s,]+([0-9]{1,3})(?:[\s,/]+([0-9.]+)%?)?\s*\)")
_RGB_WITHIN = re.compile(r"#[0-9a-f]{3,6}\b|rgba?\([^()]{1,60}\)|[a-z]+")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*)?(?:[.#][\w-]+)?|\*")
_EDGES = ("left", "top", "right", "text-indent", "margin-left", "margin-top")
# The properties that can say anything of whether words are seen; the others are not looked into.
_HEARD = frozenset(
    (*_EDGES, "display", "visibility", "opacity", "overflow", "max-height", "clip", "clip-path", "font-size",
     "color", "-webkit-text-fill-color", "background", "background-color", "background-image", "white-space")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Style:
    """What some declarations say; None where they say nothing."""

    gone: bool | None = None  # no box at all: display
    away: bool | None = None  # a box that nobody sees: opacity, clipped, off the page
    unseen: bool | None = None  # visibility
    tiny: bool | None = None  # font size
    colour: Colour | None = None
    background: Colour | None = None
    kept: bool | None = None  # white space is kept

    def over(self, other: "Style") -> "Style":
        """What both say together; this one has the last word."""
        if other is NOTHING:
            return self
        return Style(
            *(
                mine if (mine := getattr(self, field.name)) is not None else getattr(other, field.name)
                for field in fields(Style)
            )
        )


NOTHING = Style()


def style_of(declarations: str) -> Style:
    """Read declarations, in the form of a style attribute. Never raises."""
    said: dict[str, str] = {}
    for declaration in _plain(declarations).lower().split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            said[name.strip()] = value.replace("!important", "").strip()
    if _HEARD.isdisjoint(said):
        return NOTHING
    display = said.get("display")
    size = said.get("font-size")
    visibility = said.get("visibility")
    spaces = said.get("white-space")
    return Style(
        gone=None if display is None else display == "none",
        away=_is_away(said) or None,
        unseen=None if visibility is None else visibility in ("hidden", "collapse"),
        tiny=None if size is None else _is_tiny(size),
        colour=colour_of(said["color"]) if "color" in said else None,
        background=_background(said.get("background-color") or said.get("background"), said),
        kept=None if spaces is None else spaces in ("pre", "pre-wrap", "pre-line", "break-spaces"),
    )


def colour_of(value: str) -> Colour:
    """Read a colour; UNKNOWN for what is none that we know."""
    value = value.strip().lower()
    if value in _NAMED:
        return _NAMED[value]
    if found := _HEX.fullmatch(value):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    if found := _RGB.fullmatch(value):
        return (int(found[1]), int(found[2]), int(found[3]))
    return UNKNOWN


def is_same(one: Colour, other: Colour) -> bool:
    """Whether two known colours cannot be told apart."""
    if UNKNOWN in (one, other):
        return False
    return all(abs(left - right) <= _CLOSE for left, right in zip(one, other, strict=True))


def rules(sheets: Iterable[str]) -> Mapping[str, Style]:
    """Read the rules that hold for one tag, `.class` or `#id` everywhere.

    Under "*" stands a background that cannot be known, if some other rule sets one.
    """
    found: dict[str, Style] = {}
    for selectors, declarations in _top_level(_plain("\n".join(sheets)[:MAX_SHEET])):
        style = style_of(declarations)
        if style == NOTHING:
            continue
        for selector in selectors.lower().split(","):
            name = selector.strip()
            if not _SIMPLE.fullmatch(name):
                if style.background is not None:
                    found["*"] = Style(background=UNKNOWN)
            elif name and len(found) < MAX_RULES:
                found[name] = style.over(found.get(name, NOTHING))
    return found


def _top_level(sheet: str) -> Iterable[tuple[str, str]]:
    """The rules that stand in no block of another."""
    at = 0
    while (opening := sheet.find("{", at)) >= 0:
        head = sheet[at:opening].rpartition(";")[2].strip()
        if not head.startswith("@"):
            closing = sheet.find("}", opening)
            closing = closing if closing >= 0 else len(sheet)
            yield head.removeprefix("<!--").strip(), sheet[opening + 1 : closing]
            at = closing + 1
            continue
        depth, at = 1, opening + 1
        while depth and at < len(sheet):
            depth += {"{": 1, "}": -1}.get(sheet[at], 0)
            at += 1


def _plain(css: str) -> str:
    """CSS without comments and escapes."""
    if "/*" in css:
        kept: list[str] = []
        for place, piece in enumerate(css.split("/*")):
            kept.append(piece if not place else piece.partition("*/")[2])
        css = "".join(kept)
    return _ESCAPE.sub(_unescaped, css) if "\\" in css else css


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else 0
    return chr(code) if 0 < code < 0xD800 else found[2] or ""


def _is_tiny(size: str) -> bool:
    length = _LENGTH.fullmatch(size)
    if length is None:
        return False
    return float(length[1]) <= (1 if length[2] in ("px", "pt", "") else 0.1 if length[2] != "%" else 5)


def _is_away(said: Mapping[str, str]) -> bool:
    if _is_zero(said.get("opacity", "")) or _is_zero(said.get("max-height", "")):
        return True
    if said.get("overflow") == "hidden" and any(
        _is_zero(said.get(side, "")) for side in ("height", "width", "max-width")
    ):
        return True
    clip = "".join((said.get("clip", "") + said.get("clip-path", "")).split())
    if clip.startswith(("rect(0", "rect(1px", "inset(50%", "inset(100%", "circle(0")):
        return True
    if said.get("color") == "transparent" or said.get("-webkit-text-fill-color") == "transparent":
        return True
    return any(_is_far(said[edge]) for edge in _EDGES if edge in said)


def _is_zero(value: str) -> bool:
    length = _LENGTH.fullmatch(value)
    return length is not None and float(length[1]) == 0


def _is_far(value: str) -> bool:
    length = _LENGTH.fullmatch(value.partition(" ")[0])
    if length is None:
        return False
    scale = {"em": 12, "rem": 12, "%": 4, "vw": 8, "cm": 38, "in": 96}.get(length[2], 1)
    return float(length[1]) * scale <= -_FAR


def _background(value: str | None, said: Mapping[str, str]) -> Colour | None:
    if "url(" in said.get("background-image", "") or "gradient" in said.get("background-image", ""):
        return UNKNOWN
    if value is None or value in ("transparent", "none", "inherit", "initial", ""):
        return None
    if "url(" in value or "gradient" in value:
        return UNKNOWN
    words = _RGB_WITHIN.findall(value)
    return next((colour for word in words if (colour := colour_of(word)) != UNKNOWN), UNKNOWN)
