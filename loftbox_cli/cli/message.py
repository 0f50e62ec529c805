"""`loftbox message`: mail that came or went."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import one_of

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services.tx import Tx

app = noun()


@app.command("list")
@shows
@paged
def list_messages(
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Only those of this one.")] = "",
    direction: Annotated[str, typer.Option(metavar="WORD", help="Only inbound, or only outbound.")] = "",
    *,
    pages: Pages,
    out: Output,
) -> None:
    """List the messages, newest first."""
    from loftbox_cli.core.message import Direction
    from loftbox_cli.core.views.form import list_view
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services import messages, shown
    from loftbox_cli.services.tx import EVERYTHING

    wanted = one_of(Direction, direction, field="--direction") if direction else None

    def read(tx: "Tx", page: "Page") -> "ListView[MessageView]":
        found = messages.page(tx, page, EVERYTHING, mailbox=mailbox, direction=wanted)
        return list_view(found, shown.message)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=MessageView)


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

    out.more(view.text or view.html)
    out.table(view.attachments, of=AttachmentView)
    out.table(view.deliveries, of=DeliveryView)
    out.table([each for delivery in view.deliveries for each in delivery.tries or ()], of=AttemptView)
    out.next(f"loftbox trace {view.id}")


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
