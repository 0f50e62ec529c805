"""What of a page is seen: the elements that are open, and what is hidden within them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loftbox_cli.core.invisible import visible
from loftbox_cli.edge.mail_read.html_style import (
    NOTHING,
    UNKNOWN,
    WHITE,
    Colour,
    Style,
    colour_of,
    is_same,
    rules,
    style_of,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_CLASSES = 20

# What the parser calls a node of text, and what else is no element.
TEXT = "-text"
NO_ELEMENTS = frozenset(("", "-comment", "-doctype", "-document"))

# Their content is no text of the page.
NO_TEXT = NO_ELEMENTS | frozenset(
    ("head", "script", "style", "template", "noscript", "title", "svg", "object", "iframe", "select",
     "audio", "video", "canvas", "math", "noframes", "datalist")
)  # fmt: skip
_STYLED = ("style", "class", "id", "bgcolor", "background", "color", "text")
_TELLING = frozenset((*_STYLED, "hidden"))  # attributes without which an element is as its tag
_PRE = Style(kept=True)
_GONE = Style(gone=True)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What an element hands on to those within it."""

    unseen: bool = False
    tiny: bool = False
    colour: Colour = UNKNOWN
    background: Colour = WHITE
    kept: bool = False
    is_hidden: bool = False

    def under(self, style: Style) -> "State":
        """What holds where this style is added."""
        unseen = self.unseen if style.unseen is None else style.unseen
        tiny = self.tiny if style.tiny is None else style.tiny
        colour = style.colour or self.colour
        background = style.background or self.background
        kept = self.kept if style.kept is None else style.kept
        is_hidden = unseen or tiny or is_same(colour, background)
        return State(unseen, tiny, colour, background, kept, is_hidden)


class Seen:
    """Follows a walk: `enter` an element, ask, and stand in the `state` of before when it ends."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self.hidden = 0  # characters but white space
        self._rules = rules(sheets) if sheets else {}
        self.of_tags = {*self._rules, "pre"}
        self._styles: dict[tuple[str | None, ...], Style] = {}
        self._under: dict[tuple[State, int], State] = {}  # by the identity of styles, which live as long
        self.state = State(background=UNKNOWN if "*" in self._rules else WHITE)
        self.is_hidden = False  # what stands here
        self.keeps_spaces = False

    def hides(self, text: str) -> bool:
        """Say whether `text` is hidden where we stand, and count it if so."""
        if self.is_hidden:
            self._count(text)
        return self.is_hidden

    def enter(self, node: "LexborNode", tag: str, attributes: dict[str, str | None]) -> bool:
        """Begin an element that could have text; say whether any can be seen. If not it is over."""
        if _TELLING.isdisjoint(attributes) and tag not in self.of_tags:
            return True
        style = self._style(tag, attributes)
        if style.gone or style.away:
            self._count(node.text(deep=True))
            return False
        if style is not NOTHING:
            key = (self.state, id(style))
            under = self._under.get(key)
            if under is None:
                under = self._under[key] = self.state.under(style)
            self.stand(under)
        return True

    def stand(self, state: State) -> None:
        """Be where this holds."""
        self.state = state
        self.is_hidden = state.is_hidden
        self.keeps_spaces = state.kept

    def _count(self, text: str) -> None:
        self.hidden += len("".join(visible(text)[0].split()))

    def _style(self, tag: str, attributes: dict[str, str | None]) -> Style:
        if "hidden" in attributes:
            return _GONE
        key = (tag, *map(attributes.get, _STYLED))
        known = self._styles.get(key)
        if known is None:
            known = self._styles[key] = self._combined(tag, attributes)
        return known

    def _combined(self, tag: str, attributes: dict[str, str | None]) -> Style:
        """What rules, old attributes and the style attribute say together."""
        style = self._rules.get(tag, NOTHING)
        if self._rules:
            for name in (attributes.get("class") or "").lower().split()[:MAX_CLASSES]:
                for selector in (f".{name}", f"{tag}.{name}"):
                    style = self._rules.get(selector, NOTHING).over(style)
            if name := (attributes.get("id") or "").lower():
                style = self._rules.get(f"#{name}", NOTHING).over(style)
        old = _old_style(tag, attributes)
        style = style.over(old) if old is not NOTHING else style
        if declared := attributes.get("style"):
            style = style_of(declared).over(style)
        if tag == "pre":
            style = style.over(_PRE)
        return NOTHING if style == NOTHING else style


def _old_style(tag: str, attributes: dict[str, str | None]) -> Style:
    """The attributes that styles replaced (WHATWG HTML section 15.3)."""
    background = UNKNOWN if attributes.get("background") else None
    if background is None and (named := attributes.get("bgcolor")):
        background = colour_of(named)
    said = attributes.get("color") if tag == "font" else attributes.get("text") if tag == "body" else None
    colour = colour_of(said) if said else None
    return NOTHING if colour is background is None else Style(colour=colour, background=background)
