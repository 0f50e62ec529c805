"""HTML as the text that a person would see (WHATWG HTML section 15 for what is a block).

What is not displayed is not read: hidden text is how a mail talks to an agent behind
the back of the person. Some shapes cost a tree parser quadratic time (a tag of
100,000 attributes takes a minute), so a linear look comes first and refuses them.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_HTML = 1024 * 1024
MAX_TAG = 16 * 1024
MAX_ATTRIBUTES = 200
MAX_DEPTH = 2_000
MAX_QUOTES = 10  # ">" marks before one line

_OPENING = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,100})")
_ATTRIBUTE = re.compile(
    r"[\s/]*+=?[^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?)?", re.ASCII
)
_HIDDEN_STYLE = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|font-size:0(?![.0-9]*[1-9])|opacity:0(?![.0-9]*[1-9])"
)

_UNSEEN = frozenset(
    ("head", "script", "style", "template", "noscript", "title", "svg", "object", "iframe", "select")
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
# Their end tags may be left out, and they do not nest when it is.
_SELF_CLOSING = _VOID | {"p", "li", "dt", "dd", "tr", "td", "th", "option"}
_PARAGRAPH = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "blockquote", "pre")
)
_BLOCK = _PARAGRAPH | {
    "address", "article", "aside", "body", "center", "dd", "div", "dt", "figure", "footer", "form", "header",
    "hr", "html", "li", "main", "nav", "section", "tr",
}  # fmt: skip


def to_text(html: str) -> tuple[str, str]:
    """Answer the text and the defect, "" for none. Never raises, and takes time linear in `html`."""
    defect = ""
    if len(html) > MAX_HTML:
        html, defect = html[:MAX_HTML], "html_truncated"
    if not _is_cheap(html):
        return "", "html_not_read"
    from selectolax.lexbor import LexborHTMLParser

    page = _Page()
    _render(LexborHTMLParser(html).root, page)
    return page.text(), defect


def _is_cheap(html: str) -> bool:
    """Say whether no tag is too long, has too many attributes, or lies too deep."""
    depth = 0
    at = 0
    while opening := _OPENING.search(html, at):
        at = opening.end()
        attributes = 0
        while at < len(html) and html[at] != ">":
            after = _ATTRIBUTE.match(html, at)
            at = max(at + 1, after.end() if after else at)
            attributes += 1
            if attributes > MAX_ATTRIBUTES or at - opening.start() > MAX_TAG:
                return False
        if opening[2].lower() not in _SELF_CLOSING:
            depth = max(0, depth - 1) if opening[1] else depth + 1
            if depth > MAX_DEPTH:
                return False
    return True


class _Page:
    """Lines as they come, with the quote depth of each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.preformatted = 0

    def write(self, text: str) -> None:
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for one in rest:
                self.end_line()
                self.line.append(one)
        else:
            self.line.append(re.sub(r"[ \t\r\n\f]+", " ", text))

    def end_line(self) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.preformatted else re.sub("  +", " ", text).strip()
        self.line = []
        self.lines.append("> " * min(self.quotes, MAX_QUOTES) + text if text or self.quotes else "")

    def end_block(self, *, paragraph: bool) -> None:
        if any(piece.strip() for piece in self.line):
            self.end_line()
        self.line = []
        if paragraph and self.lines and self.lines[-1].strip("> "):
            self.end_line()

    def text(self) -> str:
        self.end_block(paragraph=False)
        return "\n".join(line.rstrip() for line in self.lines).strip("\n")


def _render(root: "LexborNode | None", page: _Page) -> None:
    """Walk the tree without recursion: its depth is the sender's choice."""
    node = root
    while node is not None:
        shown = _enter(node, page)
        if shown and node.child is not None:
            node = node.child
            continue
        while node is not None:
            if shown:
                _leave(node, page)
            shown = True  # a parent was entered
            if node.next is not None:
                node = node.next
                break
            node = node.parent


def _enter(node: "LexborNode", page: _Page) -> bool:
    """Begin a node; say whether what is in it is seen."""
    tag = node.tag or ""
    if node.is_text_node:
        page.write(node.text_content or "")
        return True
    if tag in _UNSEEN or not node.is_element_node or _is_hidden(node):
        return False
    if tag == "br":
        page.end_line()
    elif tag in _BLOCK:
        page.end_block(paragraph=tag in _PARAGRAPH)
    if tag == "blockquote":
        page.quotes += 1
    elif tag == "pre":
        page.preformatted += 1
    elif tag == "li":
        page.line.append("- ")
    elif tag in ("td", "th"):
        page.line.append(" ")
    return True


def _leave(node: "LexborNode", page: _Page) -> None:
    tag = node.tag or ""
    if tag in _BLOCK:
        page.end_block(paragraph=False)
    if tag == "blockquote":
        page.quotes -= 1
    elif tag == "pre":
        page.preformatted -= 1
    if tag in _PARAGRAPH:
        page.end_block(paragraph=True)


def _is_hidden(node: "LexborNode") -> bool:
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and _HIDDEN_STYLE.search(re.sub(r"\s+", "", style or "").lower()) is not None
