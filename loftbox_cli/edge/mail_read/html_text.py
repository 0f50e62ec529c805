"""HTML as the text that a person would see (WHATWG HTML section 15 for what is a block).

What is not displayed is not read, and counted: hidden text is how a mail talks to an
agent behind the back of the person. A link keeps its target where the words do not say
it, `words <https://example.com/>`; a picture is its alternative text in brackets; the
cells of a row stand on one line where each holds but one.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from loftbox_cli.edge.mail_read.html_limits import is_cheap
from loftbox_cli.edge.mail_read.html_page import Page
from loftbox_cli.edge.mail_read.html_seen import Seen

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
        _walk(tree.root, writing)
    return Rendered(writing.page.text(), writing.seen.hidden, defect)


def _walk(root: "LexborNode", writing: "_Writing") -> None:
    """Go through the tree without recursion: its depth is the sender's choice."""
    node = root
    depth = 0
    while True:
        if writing.enter(node):
            if (child := node.child) is not None:
                node = child
                depth += 1
                continue
            writing.leave(node)
        while depth and node.next is None:
            parent = node.parent
            if parent is None:
                return
            node = parent
            depth -= 1
            writing.leave(node)
        if not depth or node.next is None:
            return
        node = node.next


class _Writing:
    """The page that is written, and what on it is seen where we stand."""

    def __init__(self, page: Page, seen: Seen) -> None:
        self.page = page
        self.seen = seen
        self.row: LexborNode | None = None  # the row that goes on one line

    def enter(self, node: "LexborNode") -> bool:
        """Begin a node; say whether it has to be left again, and its children read."""
        tag = node.tag or ""
        if tag == "-text":
            text = node.text_content or ""
            if not self.seen.hides(text):
                self.page.write(text)
            return False
        if not self.seen.enter(node, tag):
            return False
        if self.seen.keeps_spaces:
            self.page.preformatted += 1
        if tag == "img":
            self._picture(node)
        elif tag == "a":
            self.page.open_link((node.attributes.get("href") or "") if not self.seen.is_hidden else "")
        elif tag in ("br", "hr", "td", "th", "li") or tag in _BLOCK:
            self._block(node, tag)
        return True

    def leave(self, node: "LexborNode") -> None:
        """End a node that was entered."""
        tag = node.tag or ""
        if tag == "a":
            self.page.close_link()
        elif tag == "tr":
            self.row = None
        if tag in _BLOCK and self.row is None:
            self.page.end_block(paragraph=False)
            if tag == "blockquote":
                self.page.quotes -= 1
            elif tag in ("ul", "ol"):
                self.page.close_list()
            if tag in _PARAGRAPH:
                self.page.end_block(paragraph=True)
        if self.seen.keeps_spaces:
            self.page.preformatted -= 1
        self.seen.leave()

    def _block(self, node: "LexborNode", tag: str) -> None:
        page = self.page
        if self.row is not None:
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
            self.row = node
            page.begin_row()

    def _picture(self, node: "LexborNode") -> None:
        attributes = node.attributes
        alt = " ".join((attributes.get("alt") or "").split())[:MAX_ALT]
        if {attributes.get("width"), attributes.get("height")} & {"0", "1"}:
            return  # a counter, not a picture
        if alt and not self.seen.hides(alt):
            self.page.write(f"[image: {alt}]")


def _is_line(row: "LexborNode") -> bool:
    """Whether no cell of a row has lines of its own. A table within a row is looked at by itself."""
    blocks = count = 0
    node = row.child
    while node is not None:
        tag = node.tag or ""
        count += 1
        if tag in _NO_CELL or count > MAX_ROW:
            return False
        if tag in ("td", "th"):
            blocks = 0
        elif tag in _BLOCK:
            blocks += 1
            if blocks > 1:
                return False
        following = node.child or node.next
        while following is None:
            node = node.parent
            if node is None or node == row:
                return True
            following = node.next
        node = following
    return True
