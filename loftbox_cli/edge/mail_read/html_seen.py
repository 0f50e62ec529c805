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

# Their content is no text of the page.
_NO_TEXT = frozenset(
    ("head", "script", "style", "template", "noscript", "title", "svg", "object", "iframe", "select",
     "audio", "video", "canvas", "math", "noframes", "datalist")
)  # fmt: skip
_STYLED = ("style", "class", "id", "hidden", "bgcolor", "background", "color", "text")


@dataclass(frozen=True, slots=True)
class _State:
    """What an element hands on to those within it."""

    unseen: bool = False
    tiny: bool = False
    colour: Colour = UNKNOWN
    background: Colour = WHITE
    kept: bool = False

    @property
    def is_hidden(self) -> bool:
        return self.unseen or self.tiny or is_same(self.colour, self.background)


class Seen:
    """Follows a walk: `enter` an element, ask, `leave` it."""

    def __init__(self, sheets: Sequence[str]) -> None:
        self.hidden = 0  # characters but white space
        self._rules = rules(sheets) if sheets else {}
        self._styles: dict[str, Style] = {}
        first = _State(background=UNKNOWN if "*" in self._rules else WHITE)
        self._states: list[tuple[_State, bool]] = [(first, False)]

    @property
    def is_hidden(self) -> bool:
        """Whether text that stands here is hidden."""
        return self._states[-1][1]

    @property
    def keeps_spaces(self) -> bool:
        """Whether white space that stands here is shown as it is."""
        return self._states[-1][0].kept

    def hides(self, text: str) -> bool:
        """Say whether `text` is hidden where we stand, and count it if so."""
        if not self._states[-1][1]:
            return False
        self._count(text)
        return True

    def enter(self, node: "LexborNode", tag: str) -> bool:
        """Begin an element; say whether anything in it can be seen. If not it is over, and is not left."""
        if tag in _NO_TEXT or not node.is_element_node:
            return False
        attributes = node.attributes
        state, hidden = self._states[-1]
        style = self._style(tag, attributes) if attributes or tag in self._rules else NOTHING
        if style.gone or style.away:
            self._count(node.text(deep=True))
            return False
        if tag == "pre":
            style = style.over(Style(kept=True))
        if style is not NOTHING:
            state = _State(
                state.unseen if style.unseen is None else style.unseen,
                state.tiny if style.tiny is None else style.tiny,
                style.colour or state.colour,
                style.background or state.background,
                state.kept if style.kept is None else style.kept,
            )
            hidden = state.is_hidden
        self._states.append((state, hidden))
        return True

    def leave(self) -> None:
        """End the innermost element."""
        self._states.pop()

    def _count(self, text: str) -> None:
        self.hidden += len("".join(visible(text)[0].split()))

    def _style(self, tag: str, attributes: dict[str, str | None]) -> Style:
        if "hidden" in attributes:
            return Style(gone=True)
        style = self._rules.get(tag, NOTHING)
        if self._rules:
            for name in (attributes.get("class") or "").lower().split()[:MAX_CLASSES]:
                for selector in (f".{name}", f"{tag}.{name}"):
                    style = self._rules.get(selector, NOTHING).over(style)
            if name := (attributes.get("id") or "").lower():
                style = self._rules.get(f"#{name}", NOTHING).over(style)
        old = _old_style(tag, attributes)
        style = style.over(old) if old is not NOTHING else style
        declared = attributes.get("style")
        if declared:
            known = self._styles.get(declared)
            if known is None:
                known = self._styles[declared] = style_of(declared)
            style = known.over(style) if style is not NOTHING else known
        return style


def _old_style(tag: str, attributes: dict[str, str | None]) -> Style:
    """The attributes that styles replaced (WHATWG HTML section 15.3)."""
    background = UNKNOWN if attributes.get("background") else None
    if background is None and (named := attributes.get("bgcolor")):
        background = colour_of(named)
    said = attributes.get("color") if tag == "font" else attributes.get("text") if tag == "body" else None
    colour = colour_of(said) if said else None
    return NOTHING if colour is background is None else Style(colour=colour, background=background)
