"""`loftbox logs`: the delivery log, oldest first, and how it goes on."""

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged_from_the_oldest
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta

    from loftbox_cli.cli.log_reader import LogReader
    from loftbox_cli.core.events import Event
    from loftbox_cli.wiring import LoftBox

app = noun()


@app.command()
@shows
@paged_from_the_oldest
def logs(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on when something happens.")] = False,
    type_: Annotated[
        list[str], typer.Option("--type", metavar="TYPE", help="Only events of this type; once for each.")
    ] = NONE,
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Only of this one: id or address.")] = "",
    message: Annotated[str, typer.Option(metavar="MESSAGE", help="Only about this one.")] = "",
    thread: Annotated[str, typer.Option(metavar="THREAD", help="Only about this one.")] = "",
    request: Annotated[str, typer.Option(metavar="REQUEST", help="Only what followed from it.")] = "",
    since: Annotated[str, typer.Option(metavar="DURATION", help="All from so long ago on: 1h.")] = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """Show what happened, oldest first: the newest events, or all from a place on.

    The place is --since, or --after with the seq of an event: whoever keeps the last
    seq goes on from there and misses nothing. On a terminal the times of day are local;
    --jsonl writes each event as webhooks carry it, with its seq.
    """
    from loftbox_cli.cli.log_lines import log_lines
    from loftbox_cli.cli.log_reader import LogReader
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.core.errors import BadInput
    from loftbox_cli.core.page import PageOf
    from loftbox_cli.core.views.event import EventView, event_view
    from loftbox_cli.services.events import Wanted

    if since and pages.first.after:
        raise BadInput("--since and --after exclude each other", fix="give one of them")
    span = parse_duration(since, field="--since") if since else None
    with opened() as loftbox:
        wanted = Wanted(
            types=type_,
            mailbox_id=_mailbox_id(loftbox, mailbox),
            thread_id=thread,
            message_id=message,
            request_id=request,
        )
        log = LogReader(loftbox.store, wanted)
        now = loftbox.clock.now()
        batches, cursor = log.read(_place(log, pages, span, now), follow=follow), ""
        if not (follow or pages.everything) and (pages.limited or not (since or pages.first.after)):
            batches, cursor = _first(batches, pages.first.limit)
        if out.for_people and not out.fields:
            for line in log_lines(chain.from_iterable(map(log.tell, batches)), now=now):
                out.line(line)
            if cursor:
                out.say(f"there is more: add --after {cursor}")
            return
        views = map(event_view, chain.from_iterable(batches))
        if follow:
            out.follow(views, of=EventView)
        else:
            out.listing(PageOf(tuple(views), cursor) if cursor else views, of=EventView)


def _first(batches: "Iterable[list[Event]]", most: int) -> "tuple[Iterator[list[Event]], str]":
    """Cut a log after so many events; answers the cursor of the rest, "" when there is none."""
    found = list(islice(chain.from_iterable(batches), most + 1))
    return iter([found[:most]]), str(found[most - 1].seq) if len(found) > most else ""


def _mailbox_id(loftbox: "LoftBox", name: str) -> str:
    from loftbox_cli.services.recipients import find_mailbox
    from loftbox_cli.services.tx import EVERYTHING

    return loftbox.store.glance(find_mailbox, name, EVERYTHING).id if name else ""


def _place(log: "LogReader", pages: Pages, span: "timedelta | None", now: "datetime") -> int:
    from loftbox_cli.services.events import seq_of

    if pages.first.after:
        return seq_of(pages.first.after)
    if span is not None:
        return log.place_at(now - span)
    if pages.everything:
        return 0
    return log.place_of_newest(pages.first.limit)
