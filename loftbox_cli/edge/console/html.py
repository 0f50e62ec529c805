"""HTML that is written by hand, and in which no word of a stranger is ever more than text.

What a page is made of comes as `Html`; every other text is escaped on its way in, with
the characters that nobody sees spelt out.
"""

from collections.abc import Iterable
from html import escape

from loftbox_cli.core.invisible import marked


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(words: object) -> Html:
    """The words as text, also inside an attribute in double quotes."""
    return Html(escape(marked(str(words)), quote=True))


def tag(name: str, /, *inside: object, **attributes: str) -> Html:
    """An element; what is no Html is escaped. An attribute may end in an underscore, as class_ does."""
    said = "".join(f' {key.rstrip("_")}="{text(value)}"' for key, value in attributes.items())
    return Html(f"<{name}{said}>{joined(inside)}</{name}>")


def joined(pieces: Iterable[object]) -> Html:
    """Pieces one after another."""
    return Html("".join(each if isinstance(each, Html) else text(each) for each in pieces))


def page(title: str, *inside: object) -> Html:
    """A whole page. It loads its style and its script from here, and nothing from anywhere else."""
    return Html(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f"<title>{text(title)}</title>"
        '<link rel="stylesheet" href="/approve/page.css"><script src="/approve/code.js" defer></script>'
        f"</head><body><main>{joined(inside)}</main></body></html>\n"
    )
