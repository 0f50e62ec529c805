"""Whether a page of HTML can be given to a tree parser: a linear look that comes first.

Some shapes cost a tree parser quadratic time: a tag of 100,000 attributes takes a minute.
"""

import re

MAX_TAG = 16 * 1024
MAX_ATTRIBUTES = 200
MAX_DEPTH = 2_000

# Tags as most mail has them: few attributes, quoted, closed. No backtracking.
_ORDINARY = re.compile(
    r"""(?:[^<]++|<[^<>"']{1,120}+(?:(?:"[^"<>]{0,4000}+"|'[^'<>]{0,4000}+')[^<>"']{0,60}+){0,40}+>)*+"""
)
_OPENING = re.compile(r"<(/?)([A-Za-z][^\s/>]{0,100})")
_ATTRIBUTE = re.compile(
    r"[\s/]*+=?[^\s/>=]*+(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?)?", re.ASCII
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr")
)
# Their end tags may be left out, and they do not nest when it is.
_SELF_CLOSING = _VOID | {"p", "li", "dt", "dd", "tr", "td", "th", "option"}


def is_cheap(html: str) -> bool:
    """Say whether no tag is too long, has too many attributes, or lies too deep."""
    if _ORDINARY.fullmatch(html) is not None:
        return html.count("<") <= MAX_DEPTH or _is_shallow(html)
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


def _is_shallow(html: str) -> bool:
    depth = 0
    for end, tag in _OPENING.findall(html):
        if tag.lower() not in _SELF_CLOSING:
            depth = max(0, depth - 1) if end else depth + 1
            if depth > MAX_DEPTH:
                return False
    return True
