"""HTML as the text that a person would see (WHATWG HTML section 15 for what is a block).

What is not displayed is not read, and counted: hidden text is how a mail talks to an
agent behind the back of the person. A link keeps its target where the words do not say
it, `words <https://example.com/>`; a picture is its alternative text in brackets; the
cells of a row stand on one line where each holds but one.
"""

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from loftbox_cli.edge.mail_read.html_limits import is_cheap
from loftbox_cli.edge.mail_read.html_page import Page
from loftbox_cli.edge.mail_read.html_seen import NO_TEXT, TEXT, Seen, State

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

__all__ = ["MAX_HTML", "Rendered", "is_cheap", "render", "to_text"]

MAX_HTML = 1024 * 1024
MAX_ALT = 200
MAX_ROW = 300  # nodes of a row that is looked at as a whole

_PARAGRAPH = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre")
)
_BLOCK = _PARAGRAPH | {
    "address", "article", "aside", "body", "caption", "center", "dd", "div", "dt", "fieldset", "figcaption",
    "figure", "footer", "form", "header", "hr", "html", "legend", "li", "main", "nav", "section", "tr",
}  # fmt: skip
_BREAKING = _BLOCK | {"br", "td", "th"}
_NO_CELL = frozenset(("table", "ul", "ol", "dl", "pre", "blockquote", "hr", "br"))
_RULE = "_" * 32  # as mail programs write it


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, how many characters (but white space) were hidden from it, and the defect or ""."""

    text: str
    hidden: int = 0
    defect: str = ""


def to_text(html: str) -> tuple[str, str]:
    """Answer the text and the defect, "" for none."""
    rendered = render(html)
    return rendered.text, rendered.defect


def render(html: str) -> Rendered:
    """Read a page. Never raises, and takes time linear in `html`."""
    defect = ""
    if len(html) > MAX_HTML:
        html, defect = html[:MAX_HTML], "html_truncated"
    if not is_cheap(html):
        return Rendered("", 0, "html_not_read")
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(html)
    sheets = [each.text(deep=True) for each in tree.css("style")] if "<style" in html.lower() else []
    writing = _Writing(Page(), Seen(sheets))
    if tree.root is not None:
        writing.walk(tree.root)
    return Rendered(writing.page.text(), writing.seen.hidden, defect)


class _Writing:
    """The page that is written, and what on it is seen where we stand."""

    def __init__(self, page: Page, seen: Seen) -> None:
        self.page = page
        self.seen = seen
        self.is_row = False  # the cells of the row where we stand go on one line

    def walk(self, root: "LexborNode") -> None:
        """Go through the tree without recursion: its depth is the sender's choice."""
        page, seen = self.page, self.seen
        above: list[tuple[LexborNode, str, State]] = []
        node: LexborNode | None = root
        while node is not None or above:
            if node is None:
                ended, tag, state = above.pop()
                self._leave(tag)
                if state is not seen.state:
                    seen.stand(state)
                node = ended.next if above else None
                continue
            tag = node.tag or ""
            if tag == TEXT:
                text = node.text_content or ""
                if not seen.is_hidden or not seen.hides(text):
                    page.write(text)
            elif tag not in NO_TEXT:
                state, attributes = seen.state, node.attributes
                if not (attributes or tag in seen.of_tags) or seen.enter(node, tag, attributes):
                    self._enter(node, tag, attributes)
                    above.append((node, tag, state))
                    node = node.first_child
                    continue
            node = node.next if above else None

    def _enter(self, node: "LexborNode", tag: str, attributes: dict[str, str | None]) -> None:
        """Begin an element of which something can be seen."""
        if self.seen.keeps_spaces:
            self.page.preformatted += 1
        if tag in _BREAKING:
            self._block(node, tag)
        elif tag == "a":
            self.page.open_link((attributes.get("href") or "") if not self.seen.is_hidden else "")
        elif tag == "img":
            self._picture(attributes)

    def _leave(self, tag: str) -> None:
        """End an element that was entered."""
        page = self.page
        if tag == "a":
            page.close_link()
        elif tag in _BLOCK:
            if tag == "tr":
                self.is_row = False
            if not self.is_row:
                if tag == "blockquote":
                    page.close_quote()
                elif tag in ("ul", "ol"):
                    page.end_block(paragraph=False)
                    page.close_list()
                page.end_block(paragraph=tag in _PARAGRAPH)
        if self.seen.keeps_spaces:
            page.preformatted -= 1

    def _block(self, node: "LexborNode", tag: str) -> None:
        page = self.page
        if self.is_row:
            if tag in ("td", "th"):
                page.next_cell()
            else:
                page.write(" ")
            return
        if tag == "br":
            page.end_line()
            return
        page.end_block(paragraph=tag in _PARAGRAPH)
        if tag == "hr":
            page.write(_RULE)
        elif tag == "blockquote":
            page.quotes += 1
        elif tag in ("ul", "ol"):
            page.open_list(node.attributes.get("start") or "1" if tag == "ol" else "")
        elif tag == "li":
            page.item()
        elif tag == "tr" and _is_line(node):
            self.is_row = True
            page.begin_row()

    def _picture(self, attributes: dict[str, str | None]) -> None:
        alt = " ".join((attributes.get("alt") or "").split())[:MAX_ALT]
        if {attributes.get("width"), attributes.get("height")} & {"0", "1"}:
            return  # a counter, not a picture
        if alt and not self.seen.hides(alt):
            self.page.write(f"[image: {alt}]")


def _is_line(row: "LexborNode") -> bool:
    """Whether no cell of a row has lines of its own. A table within a row is looked at by itself."""
    blocks = 0
    for count, node in enumerate(islice(row.traverse(include_text=True), 1, None), start=1):
        tag = node.tag
        if tag in _NO_CELL or count > MAX_ROW:
            return False
        if tag in ("td", "th"):
            blocks = 0
        elif tag in _BLOCK:
            blocks += 1
            if blocks > 1:
                return False
    return True
