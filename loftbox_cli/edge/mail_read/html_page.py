"""A page of plain text while it is written: lines, quotes, lists, links, cells."""

import re

MAX_QUOTES = 10  # ">" marks before one line
MAX_INDENT = 10  # lists within lists
MAX_URL = 2_000

_SPACE = re.compile(r"[ \t\r\n\f]+")
_SPACES = re.compile("  +")
_SHOWN_SCHEMES = ("http:", "https:", "mailto:", "tel:", "ftp:", "sms:", "cid:")
_UNSAID = ("tel:", "sms:", "http://", "https://", "www.")


class Page:
    """Lines as they come, with the quote depth of each."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.preformatted = 0
        self._lists: list[int] = []  # the number of the next item, 0 for bullets
        self._url = ""
        self._label: list[str] | None = None  # of the link that is open
        self._marked = False  # an item has its mark and nothing else
        self._cell = False  # a new cell of a row waits for its first word

    def write(self, text: str) -> None:
        """Add text to the line."""
        if self._label is not None:
            self._label.append(text)
        if self._marked and text.strip():
            self._marked = False
        if self.preformatted:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.line.append(first)
            for one in rest:
                self.end_line()
                self.line.append(one)
            return
        if "  " in text or "\n" in text or "\t" in text or "\r" in text or "\f" in text:
            text = _SPACE.sub(" ", text)
        if self._cell:
            if not text.strip():
                return
            self._cell = False
            if "".join(self.line).strip():
                self.line.append(" | ")
        self.line.append(text)

    def end_line(self) -> None:
        """Break the line."""
        text = "".join(self.line)
        if self.preformatted:
            text = text.rstrip()
        else:
            text = (_SPACES.sub(" ", text) if "  " in text else text).strip(" ")
        self.line = []
        self.lines.append("> " * min(self.quotes, MAX_QUOTES) + text if text or self.quotes else "")

    def end_block(self, *, paragraph: bool) -> None:
        """Break the line if anything is on it; a paragraph leaves an empty line behind."""
        if self._marked:
            return  # the first block of an item stands beside its mark
        if self.line:
            if "".join(self.line).strip():
                self.end_line()
            else:
                self.line = []
        if paragraph and self.lines and self.lines[-1].strip("> ") and not self._lists:
            self.end_line()

    def close_quote(self) -> None:
        """End a quotation; the empty line behind its last paragraph stands below it."""
        self.end_block(paragraph=False)
        self.quotes -= 1
        if self.lines and self.lines[-1] and not self.lines[-1].strip("> "):
            self.lines[-1] = "> " * min(self.quotes, MAX_QUOTES)

    def open_list(self, start: str) -> None:
        """Begin a list: numbered from `start`, or with bullets."""
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1
        self._lists.append(number if start else 0)

    def close_list(self) -> None:
        """End the innermost list."""
        self._drop_mark()
        if self._lists:
            self._lists.pop()

    def item(self) -> None:
        """Begin an item of the innermost list."""
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        # Spaces at the start of a line are taken for nothing, and these are meant.
        indent = "\xa0\xa0" * min(len(self._lists) - 1, MAX_INDENT)
        self.line = [f"{indent}{number}. " if number else f"{indent}- "]
        self._marked = True

    def _drop_mark(self) -> None:
        if self._marked:
            self._marked = False
            self.line = []

    def begin_row(self) -> None:
        """Begin a row of cells on one line."""
        self._cell = False

    def next_cell(self) -> None:
        """Begin a cell; an empty one leaves no trace."""
        self._cell = True

    def open_link(self, url: str) -> None:
        """Begin a link."""
        url = "".join(url.split()).replace("<", "%3C").replace(">", "%3E")
        self._url = url[:MAX_URL] if url.lower().startswith(_SHOWN_SCHEMES) else ""
        self._label = []

    def close_link(self) -> None:
        """End a link, and name its target where the words do not."""
        label = "".join(self._label or ()).strip()
        url, self._url, self._label = self._url, "", None
        if not url or not label:
            return
        said = _said(label)
        # What says as much as the target is a part of it.
        if said not in url.lower() or said != _said(url):
            self.line.append(f" <{url}>")

    def text(self) -> str:
        """The whole page."""
        self._drop_mark()
        self.end_block(paragraph=False)
        return "\n".join(line.rstrip() for line in self.lines).replace("\xa0", " ").strip("\n")


def _said(text: str) -> str:
    """What a person reads of a target."""
    text = text.lower().strip("<>()[] .,")
    if text.startswith("mailto:"):
        return text.removeprefix("mailto:").partition("?")[0]
    for prefix in _UNSAID:
        text = text.removeprefix(prefix)
    return text.removesuffix("/")
