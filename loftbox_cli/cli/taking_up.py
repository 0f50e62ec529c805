"""The verbs of `loftbox message` that send: answer, answer all, hand on; and the one that calls back."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.sending import Sender, send_written
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.writes import Written, writes

if TYPE_CHECKING:
    from loftbox_cli.core.draft import Draft
    from loftbox_cli.core.message import Message
    from loftbox_cli.core.views.canceled import CanceledView
    from loftbox_cli.services.tx import Tx
    from loftbox_cli.wiring import LoftBox

_MESSAGE = Annotated[str, typer.Argument(metavar="MESSAGE", help="The id of the message that is answered.")]
_QUOTE = Annotated[bool, typer.Option("--quote", help="Put the text that is answered below.")]


@writes
@shows
def reply(message: _MESSAGE, quote: _QUOTE = False, *, written: Written, out: Output) -> None:
    """Answer a message, in its thread and from the mailbox that has it; to who wrote it.

    Without --subject it repeats the old one. Exit codes are those of loftbox send.
    """
    from loftbox_cli.core import replying

    _answer(message, quote, replying.reply, written, "message reply", out)


@writes
@shows
def reply_all(message: _MESSAGE, quote: _QUOTE = False, *, written: Written, out: Output) -> None:
    """Answer everybody whom a message names, but for the mailbox that answers.

    Exit codes are those of loftbox send.
    """
    from loftbox_cli.core import replying

    _answer(message, quote, replying.reply_all, written, "message reply-all", out)


def _answer(
    message: str, quote: bool, fill_in: "Callable[..., Draft]", written: Written, command: str, out: Output
) -> None:
    def finish(loftbox: "LoftBox", sender: Sender, draft: "Draft") -> "tuple[str, Draft]":
        from loftbox_cli.services import messages, recipients

        parent: Message = loftbox.store.glance(messages.find, message, sender.viewer)
        mailbox = loftbox.store.glance(recipients.find_mailbox, parent.mailbox_id, sender.viewer)
        return mailbox.id, fill_in(parent, draft, own=mailbox.address, quote=quote)

    send_written(written, command, finish, out)


@writes
@shows
def forward(
    message: Annotated[
        str, typer.Argument(metavar="MESSAGE", help="The id of the message that is handed on.")
    ],
    no_files: Annotated[bool, typer.Option("--no-files", help="Leave its files here.")] = False,
    *,
    written: Written,
    out: Output,
) -> None:
    """Hand a message on: its text stands below yours, and its files go with it.

    Exit codes are those of loftbox send.
    """

    def finish(loftbox: "LoftBox", sender: Sender, draft: "Draft") -> "tuple[str, Draft]":
        from loftbox_cli.core import forwarding
        from loftbox_cli.edge.mail_read.attached import attached
        from loftbox_cli.services import messages

        parent, raw = loftbox.store.glance(messages.raw, message, sender.viewer)
        files = () if no_files else parent.attachments
        contents = [(each, attached(raw, each.sha256)) for each in files]
        return parent.mailbox_id, forwarding.forward(parent, draft, contents)

    send_written(written, "message forward", finish, out)


@shows
def cancel(
    message: Annotated[
        list[str], typer.Argument(metavar="MESSAGE...", help="Id; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Call back what of a message has not left: held, scheduled, or waiting in the queue.

    What is being handed over or was delivered cannot be recalled; the answer names those
    recipients. Exit code 5: nothing of it waits.
    """
    from loftbox_cli.core.views.canceled import CanceledView
    from loftbox_cli.services import schedule, shown
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    with opened() as loftbox:

        def call_back(tx: "Tx", message_id: str) -> "CanceledView":
            called_back = schedule.cancel(
                tx,
                message_id,
                EVERYTHING,
                by=system_user(),
                request_id=loftbox.request_id(),
                now=loftbox.clock.now(),
            )
            return shown.canceled(tx, called_back)

        view = through_each(out, message, lambda each: loftbox.store.write(call_back, each), of=CanceledView)
    if view is not None and view.not_recalled:
        out.say(f"not recalled, for they have it or may have it: {', '.join(view.not_recalled)}")
