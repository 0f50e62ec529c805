"""`loftbox thread`: conversations."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged, paged_from_the_oldest
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from collections.abc import Callable

    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.thread import ThreadView
    from loftbox_cli.services.threads import Summary
    from loftbox_cli.services.tx import Tx

app = noun()

Threads = Annotated[
    list[str], typer.Argument(metavar="THREAD...", help="Its id; - reads ids from standard input.")
]


@app.command("list")
@shows
@paged
def list_threads(
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Only those of this one.")] = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List the conversations, newest first."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.thread import ThreadView
    from loftbox_cli.services import shown, threads
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", page: "Page") -> "ListView[ThreadView]":
        return list_view(threads.page(tx, page, EVERYTHING, mailbox=mailbox), shown.thread)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=ThreadView)


@app.command("show")
@shows
@paged_from_the_oldest
def show(
    thread: Annotated[str, typer.Argument(metavar="THREAD", help="Its id.")],
    *,
    pages: Pages,
    out: Output,
) -> None:
    """Show a conversation as it is read: who wrote when, and what each message added.

    Messages stand in the order in which they came, and each before its answers.
    Quoted parts are folded; loftbox message show has the whole of each.
    """
    from dataclasses import replace

    from loftbox_cli.cli.conversation import conversation_lines
    from loftbox_cli.core.views.thread import ConversationView
    from loftbox_cli.services import shown, threads
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:

        def read(page: "Page") -> ConversationView:
            return shown.conversation(loftbox.store.glance(threads.retrieve, thread, page, EVERYTHING))

        messages = pages.read(lambda page: read(page).messages)
        view = replace(read(pages.first), messages=messages)
    if not out.for_reading:
        out.show(view)
        return
    for line in conversation_lines(view):
        out.line(line)
    if view.messages.next_cursor is not None:
        out.say(f"there is more: add --after {view.messages.next_cursor}")


@app.command("pause")
@shows
def pause(
    thread: Threads,
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")] = "",
    *,
    out: Output,
) -> None:
    """Let nothing leave in a conversation until somebody resumes it; what comes in is still taken."""
    from loftbox_cli.services import threads

    _change(out, thread, partial(threads.pause, why=why))


@app.command("resume")
@shows
def resume(thread: Threads, *, out: Output) -> None:
    """Let a paused conversation go on."""
    from loftbox_cli.services import threads

    _change(out, thread, threads.resume)


@app.command("close")
@shows
def close(thread: Threads, *, out: Output) -> None:
    """Say that nothing more is expected; whoever writes again opens it."""
    from loftbox_cli.services import threads

    _change(out, thread, threads.close)


def _change(out: Output, given: list[str], verb: "Callable[..., Summary]") -> None:
    from loftbox_cli.core.views.thread import ThreadView
    from loftbox_cli.services import shown
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def act(thread_id: str) -> ThreadView:
            changed = loftbox.store.write(
                verb,
                thread_id,
                EVERYTHING,
                by=system_user(),
                request_id=loftbox.request_id(),
                now=loftbox.clock.now(),
            )
            return shown.thread(changed)

        through_each(out, given, act, of=ThreadView)


@app.command("tree")
@shows
def tree(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Mails as files.")],
    by_subject: Annotated[
        bool, typer.Option("--by-subject", help="Also put together what has one base subject.")
    ] = False,
    *,
    out: Output,
) -> None:
    """Show which mail answers which, as RFC 5256 does (REFERENCES); no store is needed."""
    from loftbox_cli.cli import thread_files
    from loftbox_cli.core.views.branch import BranchView

    out.listing(thread_files.tree(files, by_subject=by_subject), of=BranchView)
