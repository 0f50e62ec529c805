"""`loftbox send`: a message from a mailbox, through the same verb and the same gate as the API."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.sending import Sender, filled_in, send_written
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.writes import Written, writes

if TYPE_CHECKING:
    from loftbox_cli.core.draft import Draft
    from loftbox_cli.wiring import LoftBox

app = noun()


@app.command()
@writes
@shows
def send(
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Where it comes from: id or address.")],
    reply_to: Annotated[
        str,
        typer.Option(metavar="MESSAGE", help="Answer this one; without --to it goes to who wrote it."),
    ] = "",
    *,
    written: Written,
    out: Output,
) -> None:
    """Send a message: it is queued, scheduled, held for a person, or blocked.

    Exit code 0: queued, scheduled or held. 5: the gate blocked it,
    or every recipient is suppressed.
    """

    def finish(loftbox: "LoftBox", sender: Sender, draft: "Draft") -> "tuple[str, Draft]":
        from loftbox_cli.core.ids import MessageId

        return mailbox, filled_in(loftbox, mailbox, replace(draft, in_reply_to=MessageId(reply_to)), sender)

    send_written(written, "send", finish, out)
