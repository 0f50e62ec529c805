"""The new part of an HTML mail.

Mail programs name what they quote: a class, an id, a line drawn above it. What they name
is read as if each line were marked ">"; then the rules for text judge all lines, so that
HTML and text agree, and what is not new is taken out of the tree.
"""

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from loftbox_cli.edge.mail_read.reply import attribution, block, mark
from loftbox_cli.edge.mail_read.reply.cut import Fate, fates
from loftbox_cli.edge.mail_read.reply.mark import Lines
from loftbox_cli.edge.mail_read.reply.markup_words import (
    BEGINNING,
    INDENT,
    INLINE,
    MARKED,
    NAMED,
    QUOTING,
    SIGNING,
    SPACED,
    UNSEEN,
    WORD_RULE,
)

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_FIELD = 40  # characters in which the colon of a field stands
MAX_STYLE = 500  # characters of an attribute that are read


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
    if all(fate is Fate.NEW for among in judged for fate in among):
        return html, ""
    tree.prune(judged, Fate.NEW)
    if not quotation:
        return _written(page), ""
    repeated = LexborHTMLParser(html)
    _Tree(repeated.body, forward=forward).prune(judged, Fate.QUOTED)
    return _written(page), _written(repeated)


@dataclass(slots=True)
class _Place:
    """A node, the leaves in it, and the first place behind it."""

    node: "LexborNode"
    first: int
    last: int = 0
    behind: int = 0


class _Tree:
    """The places of a body in order, its leaves (texts and images), and the lines that they make."""

    def __init__(self, body: "LexborNode | None", *, forward: bool) -> None:
        self._forward = forward
        self._places: list[_Place] = []
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
            if signed and Fate.NEW in among:
                among = [Fate.SIGNED]
            judged.append(among)
        return judged

    def _release(self, lines: list[str]) -> None:
        """Take the mark from what the person cites above the quotation: it answers nothing."""
        heads = attribution.find(Lines(lines))
        last_head = max(heads, default=-1)
        ends = set(heads.values())
        for first, last in self._plain:
            if last < last_head and not ends & set(range(first - 2, first + 1)):
                lines[first : last + 1] = [line.removeprefix("> ") for line in lines[first : last + 1]]

    def prune(self, judged: list[list[Fate]], wanted: Fate) -> None:
        """Take out every line of another fate, and what held or parted only such lines."""
        kept = [wanted in among for among in judged]
        sums = list(accumulate(kept, initial=0))
        at = 0
        while at < len(self._places):
            place = self._places[at]
            if place.last > place.first:
                is_kept = sums[place.last] > sums[place.first]
            elif sums[-1] == sums[place.first] and sums[-1] < len(kept):
                is_kept = False  # nothing that is kept comes after it
            else:
                around = kept[max(0, place.first - 1) : place.first + 1]
                is_kept = any(around) or not around
            if is_kept or place.node.tag == "style":
                if place.node.is_text_node and place.last > place.first:
                    _shorten(place.node, judged[place.first], wanted)
                at += 1
            else:
                place.node.decompose()
                at = place.behind

    def _walk(self, body: "LexborNode | None") -> None:
        """Visit the tree in order, without recursion: hostile mail nests deeply."""
        open_places: list[_Place] = []
        node = body.child if body is not None else None
        while node is not None:
            place = _Place(node, len(self._spans))
            self._places.append(place)
            open_places.append(place)
            if self._enter(node) and node.child is not None:
                node = node.child
                continue
            following = None
            while following is None and open_places:
                place = open_places.pop()
                self._leave(place.node)
                place.last, place.behind = len(self._spans), len(self._places)
                following = place.node.next
            node = following

    def _enter(self, node: "LexborNode") -> bool:
        """Begin a node; say whether what is in it is looked at."""
        tag = node.tag or ""
        if node.is_text_node:
            self._write(node.text_content or "")
            return False
        if not node.is_element_node or tag in UNSEEN:
            return False
        if tag == "br":
            self._lines.append([])
        elif tag == "img":
            self._add("")
        elif tag in ("td", "th"):
            self._lines[-1].append(" ")
        elif tag not in INLINE:
            self._end_block()
        self._name(node, tag, 1)
        return tag not in NAMED or not _is_hidden(node)

    def _leave(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if not node.is_element_node or tag in UNSEEN:
            return
        self._name(node, tag, -1)
        if tag not in INLINE and tag not in ("td", "th", "br", "img"):
            self._end_block()
            if tag in SPACED and self._lines[-2:-1] and self._lines[-2]:
                self._lines.append([])

    def _name(self, node: "LexborNode", tag: str, step: int) -> None:
        """Read what a program named the node."""
        if tag not in NAMED:
            return
        if tag == "pre":
            self._preformatted += step
        attributes = node.attributes
        style = "".join((attributes.get("style") or "").lower().split())[:MAX_STYLE]
        if tag == "blockquote" and not INDENT.match(style):
            self._quotes += step
            if not attributes and not self._quotes - (step > 0):
                self._note_plain(step)
        if attributes:
            names = {*(attributes.get("class") or "")[:MAX_STYLE].split(), f"#{attributes.get('id')}"}
            self._name_by(names, step)
        if tag == "div" and step > 0 and not self._forward and WORD_RULE.search(style):
            self._is_below_rule = True

    def _name_by(self, names: set[str], step: int) -> None:
        if names & SIGNING:
            self._signatures += step
        if self._forward:
            return
        if names & QUOTING:
            self._quotes += step
        if names & BEGINNING:
            self._has_begun = True

    def _note_plain(self, step: int) -> None:
        last = len(self._lines) - 1
        if step > 0:
            self._plain.append((last, last))
        else:
            self._plain[-1] = (self._plain[-1][0], last)

    def _write(self, text: str) -> None:
        if not self._preformatted:
            words = " ".join(text.split())
            if words:
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
        # Gmail and Apple Mail put what they pass on into the box of a quotation.
        shown = self._quotes == 1 and not self._has_begun and block.is_forward(mark.of(text))
        return "" if shown else "> "

    def _end_block(self) -> None:
        if self._lines[-1]:
            self._lines.append([])


def _shorten(node: "LexborNode", among: list[Fate], wanted: Fate) -> None:
    """Leave the wanted lines of a preformatted text."""
    if len(among) == 1 or all(fate is wanted for fate in among):
        return
    lines = (node.text_content or "").split("\n")
    node.replace_with("\n".join(line for line, fate in zip(lines, among, strict=True) if fate is wanted))


def _is_hidden(node: "LexborNode") -> bool:
    style = node.attributes.get("style") or ""
    return "display:none" in "".join(style.lower().split())


def _written(page: "LexborHTMLParser") -> str:
    """The body, and the rules of style that it needs."""
    styles = [node.html or "" for node in page.head.css("style")] if page.head is not None else []
    body = (page.body.inner_html or "").strip() if page.body is not None else ""
    return "\n".join([*styles, body]) if body else ""
