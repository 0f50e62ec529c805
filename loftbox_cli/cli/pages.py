"""How a list gets the options of paging, and how it walks through its pages.

@app.command("list")
@shows
@paged
def list_agents(*, pages: Pages, out: Output) -> None:
    ...
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from loftbox_cli.cli.output import Output
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.page import MOST, Page, PageOf

if TYPE_CHECKING:
    from loftbox_cli.core.views.form import ListView

V = TypeVar("V")

_OPTIONS = (
    Parameter(
        "page_limit",
        Parameter.KEYWORD_ONLY,
        default="",
        annotation=Annotated[
            str,
            typer.Option(
                "--limit",
                metavar="N",
                show_default=False,
                help=f"Show at most N, up to {MOST}. [default: {Page().limit}]",
            ),
        ],
    ),
    Parameter(
        "page_after",
        Parameter.KEYWORD_ONLY,
        default="",
        annotation=Annotated[
            str, typer.Option("--after", metavar="CURSOR", show_default=False, help="Go on after this one.")
        ],
    ),
    Parameter(
        "page_all",
        Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--all", help="Show all, page after page.")],
    ),
)


@dataclass(frozen=True, slots=True)
class Pages:
    """Which part of a list is wanted; `limited` says that somebody named the limit."""

    first: Page
    everything: bool
    limited: bool

    @classmethod
    def chosen(cls, *, limit: str, after: str, everything: bool, newest_first: bool) -> "Pages":
        """Choose by the options that were given; raises BadInput."""
        if everything and limit:
            raise BadInput("--all and --limit exclude each other", fix="give one of them")
        count = MOST if everything else _count(limit)
        return cls(Page(count, after, newest_first), everything, bool(limit))

    def write(self, out: Output, fetch: "Callable[[Page], ListView[V]]", *, of: type[V]) -> None:
        """Write the wanted part; `fetch` reads one page."""
        if self.everything:
            out.listing(self._walk(fetch), of=of)
        else:
            found = fetch(self.first)
            out.listing(PageOf(found.data, found.next_cursor or ""), of=of)

    def read(self, fetch: "Callable[[Page], ListView[V]]") -> "ListView[V]":
        """Read the wanted part, to be shown inside of something else."""
        from loftbox_cli.core.views.form import ListView

        if self.everything:
            return ListView(data=tuple(self._walk(fetch)), has_more=False, next_cursor=None)
        return fetch(self.first)

    def _walk(self, fetch: "Callable[[Page], ListView[V]]") -> Iterator[V]:
        page = self.first
        while True:
            found = fetch(page)
            yield from found.data
            if found.next_cursor is None:
                return
            page = Page(page.limit, found.next_cursor, page.newest_first)


def _count(text: str) -> int:
    if not text:
        return Page().limit
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:9]) <= MOST:
        raise BadInput(
            f"--limit is a number from 1 to {MOST}, not {text[:80]!r}",
            fix="give such a number, or --all",
            field="--limit",
        )
    return int(text)


def paged(command: Callable[..., None]) -> Callable[..., None]:
    """Give a list its `pages`, newest first, chosen by --limit, --after and --all."""
    return _with_pages(command, newest_first=True)


def paged_from_the_oldest(command: Callable[..., None]) -> Callable[..., None]:
    """Give a list its `pages`, oldest first: a conversation is read that way."""
    return _with_pages(command, newest_first=False)


def _with_pages(command: Callable[..., None], *, newest_first: bool) -> Callable[..., None]:
    form = signature(command, eval_str=True)
    offered = [*(each for name, each in form.parameters.items() if name != "pages"), *_OPTIONS]

    def with_pages(*, page_limit: str, page_after: str, page_all: bool, **values: Any) -> None:
        pages = Pages.chosen(
            limit=page_limit, after=page_after, everything=page_all, newest_first=newest_first
        )
        command(**values, pages=pages)

    # `shows` and Typer read the name, the help and the signature of what they are given.
    with_pages.__name__ = command.__name__
    with_pages.__doc__ = command.__doc__
    with_pages.__signature__ = form.replace(parameters=offered)  # type: ignore[attr-defined] # PEP 362
    return with_pages
