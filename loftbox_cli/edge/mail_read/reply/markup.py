"""The new part of an HTML mail.

Mail programs name what they quote: a class, an id, a line drawn above it. What they name
is read as if each line were marked ">"; then the rules for text judge all lines, so that
HTML and text agree, and what is not new is taken out of the tree.
"""

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from loftbox_cli.edge.mail_read.reply import block, mark
from loftbox_cli.edge.mail_read.reply.cut import Fate, fates
from loftbox_cli.edge.mail_read.reply.word_list import words

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

# Their contents are the quotation.
_QUOTING = words("""
    gmail_attr gmail_quote_attribution x_gmail_attr moz-cite-prefix x_moz-cite-prefix
    protonmail_quote tutanota_quote yahoo_quoted x_yahoo_quoted ydp_yahoo_quoted zmail_extra
    mailru-blockquote email_quote
""")
_QUOTING_IDS = words("""
    OLK_SRC_BODY_SECTION x_OLK_SRC_BODY_SECTION mail-editor-reference-message-container reply-intro
    isReplyContent
""")
# From them on all is the quotation.
_BEGINNING_IDS = words("""
    appendonsend x_appendonsend divRplyFwdMsg x_divRplyFwdMsg stopSpelling x_stopSpelling zwchr
""")
_BEGINNING = words("ms-outlook-mobile-reference-message")
_SIGNING = words("""
    gmail_signature gmail_signature_prefix x_gmail_signature moz-signature moz-txt-sig
    protonmail_signature_block yahoo-signature zoho_signature
""")
_SIGNING_IDS = words("""
    Signature signature x_Signature AppleMailSignature x_AppleMailSignature
    lineBreakAtBeginningOfSignature ms-outlook-mobile-signature yahoo-signature
""")
# Word draws a line above the block of fields, in one of these colours.
_WORD_RULE = re.compile(
    r"border:none;border-top:solid(?:#b5c4df|#e1e1e1|windowtext|rgb\(225,225,225\)|rgb\(181,196,223\))1\.0pt"
    r"|border-(?:top|style|color|width)[^{}]{0,120}(?:#b5c4df|#e1e1e1|rgb\(181,196,223\)|rgb\(225,225,225\))"
)
# A person's own indentation, as Gmail and Outlook write it.
_INDENT = re.compile(r"margin:000?40px;border:(?:none|0)|margin:0px?0px?0px?40px;border:(?:none|0)")
_MAX_STYLE = 500

_UNSEEN = frozenset(("head", "script", "style", "template", "noscript", "title"))
_NAMED = frozenset(("blockquote", "div", "hr", "p", "pre", "section", "span", "table", "td"))
_SPACED = frozenset(("p", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "pre"))
_INLINE = words(
    """
    a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd label mark o:p q s samp
    small span strike strong sub sup tt u var wbr
    """
)
_MARKED = re.compile(
    r"<blockquote|gmail_|yahoo|moz-|protonmail|appendonsend|divrplyfwdmsg|olk_src|stopspelling|border-top|border:none"
    r"|signature|zwchr|reference-message|<hr",
    re.IGNORECASE,
)


def is_marked(html: str) -> bool:
    """Say whether a mail program may have named a quotation or a signature in it."""
    return _MARKED.search(html) is not None


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
        self._preformatted = 0
        self._walk(body)

    def judged(self) -> list[list[Fate]]:
        """The fates of each leaf's lines."""
        by_line = fates(["".join(pieces) for pieces in self._lines], forward=self._forward)
        judged = []
        for (first, last), signed in zip(self._spans, self._signed, strict=True):
            among = by_line[first : last + 1]
            if signed and Fate.NEW in among:
                among = [Fate.SIGNED]
            judged.append(among)
        return judged

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
        if not node.is_element_node or tag in _UNSEEN:
            return False
        if tag == "br":
            self._lines.append([])
        elif tag == "img":
            self._add("")
        elif tag in ("td", "th"):
            self._lines[-1].append(" ")
        elif tag not in _INLINE:
            self._end_block()
        self._name(node, tag, 1)
        return tag not in _NAMED or not _is_hidden(node)

    def _leave(self, node: "LexborNode") -> None:
        tag = node.tag or ""
        if not node.is_element_node or tag in _UNSEEN:
            return
        self._name(node, tag, -1)
        if tag not in _INLINE and tag not in ("td", "th", "br", "img"):
            self._end_block()
            if tag in _SPACED and self._lines[-2:-1] and self._lines[-2]:
                self._lines.append([])

    def _name(self, node: "LexborNode", tag: str, step: int) -> None:
        """Read what a program named the node."""
        if tag not in _NAMED:
            return
        if tag == "pre":
            self._preformatted += step
        attributes = node.attributes
        style = "".join((attributes.get("style") or "").lower().split())[:_MAX_STYLE]
        if tag == "blockquote" and not _INDENT.match(style):
            self._quotes += step
        if not attributes:
            return
        classes = frozenset((attributes.get("class") or "")[:_MAX_STYLE].split())
        name = attributes.get("id") or ""
        if classes & _SIGNING or name in _SIGNING_IDS:
            self._signatures += step
        if self._forward:
            return
        if classes & _QUOTING or name in _QUOTING_IDS:
            self._quotes += step
        if name in _BEGINNING_IDS or classes & _BEGINNING or (tag == "div" and _WORD_RULE.search(style)):
            self._has_begun = True

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
