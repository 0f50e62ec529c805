"""`loftbox message`: mail that came or went."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli import taking_up
from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.mail_file import UNKNOWN, parsed, tell
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import one_of

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.explained import ExplainedView
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services.messages import Wanted
    from loftbox_cli.services.standing import Standing
    from loftbox_cli.services.tx import Tx
    from loftbox_cli.wiring import LoftBox

app = noun()


Mailbox = Annotated[str, typer.Option(metavar="MAILBOX", help="Only those of this one.")]
Direction = Annotated[str, typer.Option(metavar="WORD", help="Only inbound, or only outbound.")]
Thread = Annotated[str, typer.Option(metavar="THREAD", help="Only those of this one.")]
Sender = Annotated[str, typer.Option("--from", metavar="ADDRESS", help="Only what this address sent.")]
Since = Annotated[str, typer.Option(metavar="DURATION", help="Only from so long ago on: 7d.")]
Until = Annotated[str, typer.Option(metavar="DURATION", help="Only from before so long ago: 1h.")]


@app.command("list")
@shows
@paged
def list_messages(
    mailbox: Mailbox = "",
    direction: Direction = "",
    thread: Thread = "",
    sender: Sender = "",
    since: Since = "",
    until: Until = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List the messages, newest first."""
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services import messages, shown
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:
        wanted = _wanted(loftbox, None, mailbox, direction, thread, sender, since, until)

        def read(tx: "Tx", page: "Page") -> "ListView[MessageView]":
            found = messages.page(tx, page, EVERYTHING, wanted)
            return list_view(found, lambda each: shown.message(each.standing))

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=MessageView)


@app.command("search")
@shows
@paged
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Each of them has to be there.")],
    mailbox: Mailbox = "",
    direction: Direction = "",
    thread: Thread = "",
    sender: Sender = "",
    since: Since = "",
    until: Until = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """Look for words in subjects, addresses and texts, newest message first.

    Words are plain text: quotes, AND, * and the like mean nothing. Case and accents
    do not count, and a word of three letters or more also finds longer ones.
    """
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.message import FoundView
    from loftbox_cli.services import messages, shown
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:
        wanted = _wanted(loftbox, " ".join(words), mailbox, direction, thread, sender, since, until)

        def read(tx: "Tx", page: "Page") -> "ListView[FoundView]":
            return list_view(messages.page(tx, page, EVERYTHING, wanted), shown.found)

        pages.write(out, lambda page: loftbox.store.glance(read, page), of=FoundView)


def _wanted(
    loftbox: "LoftBox",
    words: str | None,
    mailbox: str,
    direction: str,
    thread: str,
    sender: str,
    since: str,
    until: str,
) -> "Wanted":
    from loftbox_cli.core import message
    from loftbox_cli.core.duration import parse_duration
    from loftbox_cli.services.messages import Wanted

    now = loftbox.clock.now()
    return Wanted(
        mailbox=mailbox,
        thread=thread,
        direction=one_of(message.Direction, direction, field="--direction") if direction else None,
        sender=sender,
        words=words,
        since=now - parse_duration(since, field="--since") if since else None,
        until=now - parse_duration(until, field="--until") if until else None,
    )


@app.command("show")
@shows
def show(
    message: Annotated[
        list[str], typer.Argument(metavar="MESSAGE...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Show a message: its text, its files, and how each delivery went."""
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services import messages, shown
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:

        def read(message_id: str) -> MessageView:
            return shown.whole_message(loftbox.store.glance(messages.show, message_id, EVERYTHING))

        view = through_each(out, message, read, of=MessageView)
    if view is not None:
        _tell_content(view, out)


def _tell_content(view: "MessageView", out: Output) -> None:
    from loftbox_cli.core.views.delivery import AttemptView, DeliveryView
    from loftbox_cli.core.views.message import AttachmentView
    from loftbox_cli.core.views.report import ReportedView

    out.more(view.text or view.html)
    if view.report is not None:
        out.table(view.report.recipients, of=ReportedView)
    out.table(view.attachments, of=AttachmentView)
    out.table(view.deliveries, of=DeliveryView)
    out.table([each for delivery in view.deliveries for each in delivery.tries or ()], of=AttemptView)
    out.next(f"loftbox trace {view.id}")


@app.command("explain")
@shows
def explain(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id.")],
    *,
    out: Output,
) -> None:
    """Say for each recipient what the peer said, what it means, what is next and what to do."""
    from loftbox_cli.core.views.explained import ExplainedView
    from loftbox_cli.services import messages, queue, shown
    from loftbox_cli.services.tx import EVERYTHING

    out.expect(ExplainedView)
    with opened() as loftbox:
        now = loftbox.clock.now()

        def read(tx: "Tx") -> "tuple[Standing, list[ExplainedView]]":
            standing = messages.show(tx, message, EVERYTHING).standing
            found = [queue.show(tx, each.id, EVERYTHING, now=now) for each in standing.deliveries]
            return standing, [shown.explained(each) for each in found]

        standing, views = loftbox.store.glance(read)
    undelivered = _undelivered(standing)
    if not out.for_people or out.fields:
        out.listing(views, of=ExplainedView)
        if not views:
            out.say(undelivered)
        return
    for place, view in enumerate(views):
        if place:
            out.block("")
        out.show(view)
    if not views:
        out.say(undelivered)
    out.next(f"loftbox trace {message}")


def _undelivered(standing: "Standing") -> str:
    """Why there is nothing to explain about a message without deliveries."""
    from loftbox_cli.core.message import Direction

    if standing.message.direction is Direction.INBOUND:
        return f"message {standing.message.id} came in: it has no delivery that could be explained"
    return f"message {standing.message.id} is {standing.state}: nothing of it was sent"


@app.command("raw")
def raw(
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id.")],
) -> None:
    """Write the stored bytes of a message: as they came in, or as they were composed."""
    from loftbox_cli.services import messages
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:
        _, octets = loftbox.store.glance(messages.raw, message, EVERYTHING)
    Output.plain().octets(octets)


@app.command("parse")
@shows
def parse(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE...", help="A mail as a file; - reads it from standard input.")
    ],
    mail_from: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            show_default=False,
            help="Its envelope sender, '' for the null sender; else Return-Path tells.",
        ),
    ] = UNKNOWN,
    *,
    out: Output,
) -> None:
    """Read a mail from a file, as the gateway would, and show all that is in it."""
    from loftbox_cli.core.views.parsed import ParsedView

    out.expect(ParsedView)
    if len(files) > 1:
        out.listing((parsed(name, mail_from) for name in files), of=ParsedView)
        return
    view = parsed(files[0], mail_from)
    out.show(view)
    tell(view, out)


app.command("reply")(taking_up.reply)
app.command("reply-all")(taking_up.reply_all)
app.command("forward")(taking_up.forward)
app.command("cancel")(taking_up.cancel)
