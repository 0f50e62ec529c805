"""`loftbox queue`: what waits to be delivered, why, and when it goes on."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE, one_of
from loftbox_cli.core.errors import BadInput

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.queue import QueuedView, RetriedView
    from loftbox_cli.services.queue import Queued
    from loftbox_cli.services.tx import Tx
    from loftbox_cli.wiring import LoftBox

app = noun()

DELIVERIES = Annotated[
    list[str], typer.Argument(metavar="DELIVERY...", help="Id; - reads ids from standard input.")
]
DESTINATION = Annotated[
    str, typer.Option(metavar="DOMAIN", help="Only those to this domain.", show_default=False)
]


@app.command("list")
@shows
@paged
def list_queue(
    destination: DESTINATION = "",
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Only those of this one.")] = "",
    state: Annotated[
        str,
        typer.Option(metavar="STATE", help="Only those in this state; without it, all that are not settled."),
    ] = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List what waits to be delivered, newest first: why it waits, and when it is tried next."""
    from loftbox_cli.core.delivery import DeliveryState
    from loftbox_cli.core.views.queue import QueuedView
    from loftbox_cli.services import queue, shown
    from loftbox_cli.services.tx import EVERYTHING

    wanted = one_of(DeliveryState, state, field="--state") if state else None
    with opened() as loftbox:
        give_up_after = loftbox.settings.delivery.give_up_after

        def read(tx: "Tx", page: "Page") -> "ListView[QueuedView]":
            found = queue.page(
                tx,
                page,
                EVERYTHING,
                now=loftbox.clock.now(),
                mailbox=mailbox,
                destination=destination,
                state=wanted,
            )
            return shown.page(tx, found, lambda tx, each: shown.queued(tx, each, give_up_after=give_up_after))

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=QueuedView)


@app.command("show")
@shows
def show(delivery: DELIVERIES, *, out: Output) -> None:
    """Show a delivery with each attempt: what the peer said, word for word."""
    from loftbox_cli.core.views.delivery import AttemptView
    from loftbox_cli.core.views.queue import QueuedView
    from loftbox_cli.services import queue
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:

        def read(tx: "Tx", delivery_id: str) -> "QueuedView":
            return _view(loftbox, tx, queue.show(tx, delivery_id, EVERYTHING, now=loftbox.clock.now()))

        view = through_each(out, delivery, lambda each: loftbox.store.glance(read, each), of=QueuedView)
    if view is None:
        return
    out.table(view.tries or (), of=AttemptView)
    for attempt in view.tries or ():
        out.more("\n".join((f"attempt {attempt.number}", *attempt.transcript)))
    out.next(f"loftbox trace {view.message_id}")


@app.command("retry")
@shows
def retry(
    delivery: Annotated[
        list[str],
        typer.Argument(metavar="[DELIVERY...]", help="Id; - reads ids from standard input."),
    ] = NONE,
    destination: DESTINATION = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that waits.")] = False,
    *,
    out: Output,
) -> None:
    """Try at once what waits: some deliveries, all to one destination, or all. A pause still holds it."""
    from loftbox_cli.core.views.queue import QueuedView, RetriedView
    from loftbox_cli.services import queue
    from loftbox_cli.services.tx import EVERYTHING

    if [bool(delivery), bool(destination), everything].count(True) != 1:
        raise BadInput("try what again?", fix="name deliveries, or --destination DOMAIN, or --all")
    with opened() as loftbox:
        if not delivery:
            out.expect(RetriedView)
            out.show(_retry_waiting(loftbox, destination))
            return

        def again(tx: "Tx", delivery_id: str) -> "QueuedView":
            return _view(loftbox, tx, queue.retry(tx, delivery_id, EVERYTHING, now=loftbox.clock.now()))

        through_each(out, delivery, lambda each: loftbox.store.write(again, each), of=QueuedView)


def _retry_waiting(loftbox: "LoftBox", destination: str) -> "RetriedView":
    """Go through the queue in commits of a few hundred rows, so that nobody else has to wait for long."""
    from loftbox_cli.core.views.queue import RetriedView
    from loftbox_cli.services import queue

    count, cursor = 0, ""
    while True:
        found = loftbox.store.write(
            queue.retry_waiting, cursor, destination=destination, now=loftbox.clock.now()
        )
        count, cursor = count + len(found.items), found.cursor
        if not cursor:
            return RetriedView(destination=destination, count=count)


@app.command("cancel")
@shows
def cancel(delivery: DELIVERIES, *, out: Output) -> None:
    """Call a delivery back that is not on its way. Of an uncertain one the peer may have a copy."""
    from loftbox_cli.core.views.queue import QueuedView
    from loftbox_cli.services import queue
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def call_back(tx: "Tx", delivery_id: str) -> "QueuedView":
            canceled = queue.cancel(
                tx,
                delivery_id,
                EVERYTHING,
                by=system_user(),
                request_id=loftbox.request_id(),
                now=loftbox.clock.now(),
            )
            return _view(loftbox, tx, canceled)

        through_each(out, delivery, lambda each: loftbox.store.write(call_back, each), of=QueuedView)


def _view(loftbox: "LoftBox", tx: "Tx", found: "Queued") -> "QueuedView":
    from loftbox_cli.services import shown

    return shown.queued(tx, found, give_up_after=loftbox.settings.delivery.give_up_after)


@app.command("pause")
@shows
def pause(
    destination: Annotated[str, typer.Argument(metavar="DOMAIN", help="Where the mail goes.")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")] = "",
    *,
    out: Output,
) -> None:
    """Stop what leaves for one destination, until somebody resumes it."""
    from loftbox_cli.core.header import check_text
    from loftbox_cli.core.pause import PauseScope
    from loftbox_cli.core.views.pause import PauseView, pause_view
    from loftbox_cli.services import pauses
    from loftbox_cli.wiring import system_user

    out.expect(PauseView)
    check_text(why, field="--why")
    with opened() as loftbox:
        paused = loftbox.store.write(
            pauses.pause,
            PauseScope.DESTINATION,
            destination,
            by=system_user(),
            why=why,
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(pause_view(paused))
    out.next(f"loftbox queue resume {paused.target}")


@app.command("resume")
@shows
def resume(
    destination: Annotated[str, typer.Argument(metavar="DOMAIN", help="Where the mail goes.")],
    *,
    out: Output,
) -> None:
    """Let what leaves for a destination go on."""
    from loftbox_cli.core.pause import PauseScope
    from loftbox_cli.core.views.pause import PauseView, pause_view
    from loftbox_cli.services import pauses
    from loftbox_cli.wiring import system_user

    out.expect(PauseView)
    with opened() as loftbox:
        resumed = loftbox.store.write(
            pauses.resume,
            PauseScope.DESTINATION,
            destination,
            by=system_user(),
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(pause_view(resumed))
    out.next(f"loftbox queue list --destination {resumed.target}")
