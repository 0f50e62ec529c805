"""The new part of an HTML mail.

Mail programs name what they quote: a class, an id, a line drawn above it. What they name
is read as if each line were marked ">"; then the rules for text judge all lines, so that
HTML and text agree, and what is not new is taken out of the tree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from loftbox_cli.edge.mail_read.html_seen import NO_ELEMENTS, TEXT
from loftbox_cli.edge.mail_read.reply import attribution, block, mark
from loftbox_cli.edge.mail_read.reply.cut import NEW, QUOTED, SIGNED, Fate, fates
from loftbox_cli.edge.mail_read.reply.mark import Lines
from loftbox_cli.edge.mail_read.reply.markup_named import NAMELESS, Named
from loftbox_cli.edge.mail_read.reply.markup_words import (
    INLINE,
    MARKED,
    NAMED,
    SPACED,
    UNSEEN,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_UNREAD = UNSEEN | NO_ELEMENTS
_NAMING = ("style", "class", "id")
_FIELD = 40  # characters in which the colon of a field stands


def is_marked(html: str) -> bool:
    """Say whether a mail program may have named a quotation or a signature in it."""
    lowered = html.lower()
    return any(name in lowered for name in MARKED)


def divide(html: str, *, forward: bool = False, quotation: bool = True) -> tuple[str, str]:
    """Answer the HTML of the new part and, if it is wanted, that of the quotation; "" for none.

    The caller has looked that the HTML is cheap to parse.
    """
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(html)
    tree = _Tree(page.body, forward=forward)
    judged = tree.judged()
    if all(fate is NEW for among in judged for fate in among):
        return html, ""
    repeated = LexborHTMLParser(html) if quotation else None
    if repeated is not None:
        tree.prune(tree.nodes_of(repeated.body), judged, QUOTED)
    tree.prune([place.node for place in tree.places], judged, NEW)
    return _written(page), _written(repeated) if repeated is not None else ""


@dataclass(slots=True)
class _Place:
    """A node, the leaves in it, and the first place behind it."""

    node: "LexborNode"
    tag: str
    first: int
    last: int = 0
    behind: int = 0
    named: Named | None = None


class _Tree:
    """The places of a body in order, its leaves (texts and images), and the lines that they make."""

    def __init__(self, body: "LexborNode | None", *, forward: bool) -> None:
        self._forward = forward
        self.places: list[_Place] = []
        self._known: dict[tuple[str | None, ...], Named] = {}
        self._lines: list[list[str]] = [[]]
        self._spans: list[tuple[int, int]] = []  # the first and last line of each leaf
        self._signed: list[bool] = []
        self._quotes = 0
        self._signatures = 0
        self._has_begun = False
        self._is_below_rule = False
        self._preformatted = 0
        self._plain: list[tuple[int, int]] = []  # boxes that no program named, by lines
        self._walk(body)

    def judged(self) -> list[list[Fate]]:
        """The fates of each leaf's lines."""
        lines = ["".join(pieces) for pieces in self._lines]
        if self._plain:
            self._release(lines)
        by_line = fates(lines, forward=self._forward)
        judged = []
        for (first, last), signed in zip(self._spans, self._signed, strict=True):
            among = by_line[first : last + 1]
            if signed and NEW in among:
                among = [SIGNED]
            judged.append(among)
        return judged

    def _release(self, lines: list[str]) -> None:
        """Take the mark from what the person cites: it answers nothing."""
        heads = attribution.find(Lines(lines))
        last_head = max(heads, default=-1)
        ends = set(heads.values())
        for first, last in self._plain:
            if ends & set(range(first - 2, first + 1)):
                continue
            if last < last_head or _is_announced(lines, first, last):
                lines[first : last + 1] = [line.removeprefix("> ") for line in lines[first : last + 1]]

    def nodes_of(self, body: "LexborNode | None") -> list["LexborNode"]:
        """The nodes that stand in these places in another tree of the same page."""
        nodes: list[LexborNode] = []
        above: list[LexborNode] = []
        node = body.first_child if body is not None else None
        while node is not None or above:
            if node is None:
                node = above.pop().next
                continue
            nodes.append(node)
            if self.places[len(nodes) - 1].behind > len(nodes):
                above.append(node)
                node = node.first_child
            else:
                node = node.next
        return nodes

    def prune(self, nodes: Sequence["LexborNode"], judged: list[list[Fate]], wanted: Fate) -> None:
        """Take out every line of another fate, and what held or parted only such lines."""
        kept = [wanted in among for among in judged]
        sums = list(accumulate(kept, initial=0))
        at = 0
        while at < len(self.places):
            place, node = self.places[at], nodes[at]
            if place.last > place.first:
                is_kept = sums[place.last] > sums[place.first]
            elif sums[-1] == sums[place.first] and sums[-1] < len(kept):
                is_kept = False  # nothing that is kept comes after it
            else:
                around = kept[max(0, place.first - 1) : place.first + 1]
                is_kept = any(around) or not around
            if is_kept or place.tag == "style":
                if place.tag == TEXT and place.last > place.first:
                    _shorten(node, judged[place.first], wanted)
                at += 1
            else:
                node.decompose()
                at = place.behind

    def _walk(self, body: "LexborNode | None") -> None:
        """Visit the tree in order, without recursion: hostile mail nests deeply."""
        places, spans = self.places, self._spans
        above: list[_Place] = []
        node = body.first_child if body is not None else None
        while node is not None or above:
            if node is None:
                place = above.pop()
                self._leave(place)
                place.last, place.behind = len(spans), len(places)
                node = place.node.next
                continue
            tag, first = node.tag or "", len(spans)
            if tag == TEXT:
                self._write(node.text_content or "")
            elif tag not in _UNREAD:
                place = _Place(node, tag, first)
                places.append(place)
                above.append(place)
                node = node.first_child if self._enter(place) else None
                continue
            places.append(_Place(node, tag, first, len(spans), len(places) + 1))
            node = node.next

    def _enter(self, place: _Place) -> bool:
        """Begin an element; say whether what is in it is looked at."""
        tag = place.tag
        if tag == "br":
            self._lines.append([])
        elif tag == "img":
            self._add("")
        elif tag in ("td", "th"):
            self._lines[-1].append(" ")
        elif tag not in INLINE:
            self._end_block()
        if tag not in NAMED:
            return True
        if tag == "pre":
            self._preformatted += 1
        place.named = named = self._named(place.node, tag)
        if named.is_plain and not self._quotes:
            self._plain.append((len(self._lines) - 1, len(self._lines) - 1))
        self._quotes += named.quotes
        self._signatures += named.signatures
        self._has_begun = self._has_begun or named.is_beginning
        self._is_below_rule = self._is_below_rule or named.is_rule
        return not named.is_hidden

    def _leave(self, place: _Place) -> None:
        tag, named = place.tag, place.named
        if tag == "pre":
            self._preformatted -= 1
        if named is not None:
            self._quotes -= named.quotes
            self._signatures -= named.signatures
            if named.is_plain and not self._quotes:
                self._plain[-1] = (self._plain[-1][0], len(self._lines) - 1)
        if tag not in INLINE and tag not in ("td", "th", "br", "img"):
            self._end_block()
            if tag in SPACED and self._lines[-2:-1] and self._lines[-2]:
                self._lines.append([])

    def _named(self, node: "LexborNode", tag: str) -> Named:
        attributes = node.attributes
        if not attributes and tag != "blockquote":
            return NAMELESS
        key = (tag, *map(attributes.get, _NAMING), None if attributes else "none at all")
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Named.of(tag, attributes, forward=self._forward)
        return known

    def _write(self, text: str) -> None:
        if not self._preformatted:
            words = " ".join(text.split())
            if words and words == text:
                self._add(text)
            elif words:
                lead, trail = text[:1].isspace(), text[-1:].isspace()
                self._add(f"{' ' * lead}{words}{' ' * trail}")
            elif self._lines[-1]:
                self._lines[-1].append(" ")
            return
        self._add(text.partition("\n")[0])
        first, _ = self._spans[-1]
        for line in text.split("\n")[1:]:
            self._lines.append([self._prefix(line), line])
        self._spans[-1] = (first, len(self._lines) - 1)

    def _add(self, text: str) -> None:
        if self._is_below_rule and text:
            # Others draw such lines too; only Word sets the name of a field right below.
            self._has_begun = self._has_begun or ":" in text[:_FIELD]
            self._is_below_rule = False
        if not self._lines[-1]:
            self._lines[-1].append(self._prefix(text))
        self._lines[-1].append(text)
        at = len(self._lines) - 1
        self._spans.append((at, at))
        self._signed.append(self._signatures > 0)

    def _prefix(self, text: str) -> str:
        if not self._quotes and not self._has_begun:
            return ""
        if self._quotes > 1 or self._has_begun:
            return "> "
        # An announcement begins with a drawn line, or ends with a colon.
        if text[:1].isalnum() and ":" not in text and "\uff1a" not in text:
            return "> "
        # Gmail and Apple Mail put what they pass on into the box of a quotation.
        return "" if block.is_forward(mark.of(text)) else "> "

    def _end_block(self) -> None:
        if self._lines[-1]:
            self._lines.append([])


def _is_announced(lines: Sequence[str], first: int, last: int) -> bool:
    """Whether the person's words lead to the box ("The manual says:") and go on below it."""
    above = "".join(lines[max(0, first - 2) : first]).rstrip(mark.UNWRITTEN)
    below = "".join(line for line in lines[last:] if not line.startswith(">")).strip(mark.UNWRITTEN)
    return above.endswith((":", "\uff1a")) and bool(below)


def _shorten(node: "LexborNode", among: list[Fate], wanted: Fate) -> None:
    """Leave the wanted lines of a preformatted text."""
    if len(among) == 1 or all(fate is wanted for fate in among):
        return
    lines = (node.text_content or "").split("\n")
    node.replace_with("\n".join(line for line, fate in zip(lines, among, strict=True) if fate is wanted))


def _written(page: "LexborHTMLParser") -> str:
    """The body, and the rules of style that it needs."""
    styles = [node.html or "" for node in page.head.css("style")] if page.head is not None else []
    body = (page.body.inner_html or "").strip() if page.body is not None else ""
    return "\n".join([*styles, body]) if body else ""
