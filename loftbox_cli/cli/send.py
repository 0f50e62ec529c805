"""`loftbox send`: a message from a mailbox, through the same verb and the same gate as the API."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.actor import Actor
    from loftbox_cli.core.draft import Draft
    from loftbox_cli.core.ids import RequestId
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services.answers import Asked
    from loftbox_cli.services.submit import Prepared
    from loftbox_cli.services.tx import Tx, Viewer
    from loftbox_cli.wiring import LoftBox

app = noun()

MAX_KEY = 255  # characters of an idempotency key


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and what they see."""

    actor: "Actor"
    viewer: "Viewer"


@app.command()
@shows
def send(  # each is an option of its own
    mailbox: Annotated[str, typer.Option(metavar="MAILBOX", help="Where it comes from: id or address.")],
    to: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help="a@example.com or Name <a@example.com>.")
    ] = NONE,
    cc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who gets a copy.")] = NONE,
    bcc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who gets one unseen.")] = NONE,
    subject: Annotated[str, typer.Option(metavar="TEXT", help="The subject.")] = "",
    text: Annotated[str, typer.Option(metavar="TEXT", help="The text of the message.")] = "",
    text_file: Annotated[str, typer.Option(metavar="FILE", help="The text; - is standard input.")] = "",
    html_file: Annotated[str, typer.Option(metavar="FILE", help="The HTML; - is standard input.")] = "",
    attach: Annotated[list[str], typer.Option(metavar="FILE", help="A file to attach.")] = NONE,
    header: Annotated[list[str], typer.Option(metavar="'X-NAME: VALUE'", help="A field to add.")] = NONE,
    label: Annotated[list[str], typer.Option(metavar="TEXT", help="A label, which stays here.")] = NONE,
    metadata: Annotated[
        list[str], typer.Option(metavar="KEY=VALUE", help="A note for programs, which stays here.")
    ] = NONE,
    context: Annotated[
        list[str], typer.Option(metavar="KEY=VALUE", help="What policies may ask about your work.")
    ] = NONE,
    reply_to: Annotated[
        str,
        typer.Option(metavar="MESSAGE", help="Answer this one; without --to it goes to who wrote it."),
    ] = "",
    key_file: Annotated[
        str,
        typer.Option(metavar="FILE", help="Send as the agent whose API key is in FILE. [default: as you]"),
    ] = "",
    idempotency_key: Annotated[
        str, typer.Option(metavar="KEY", help="Send once, however often this is run with KEY in a day.")
    ] = "",
    *,
    out: Output,
) -> None:
    """Send a message: it is queued, held for a person, or blocked.

    Exit code 0: queued or held. 5: the gate blocked it.
    """
    from loftbox_cli.cli import draft_options
    from loftbox_cli.core.decision import Answer
    from loftbox_cli.core.views.message import MessageView

    out.expect(MessageView)
    draft_options.one_stdin(text_file, html_file)
    wanted = draft_options.draft(
        to=to,
        cc=cc,
        bcc=bcc,
        subject=subject,
        text=draft_options.one_text(text, text_file, field="--text"),
        html=draft_options.one_text("", html_file, field="--html"),
        attach=attach,
        header=header,
        label=label,
        metadata=metadata,
        context=context,
        reply_to=reply_to,
    )
    with opened() as loftbox:
        sender = _sender(loftbox, key_file)
        asked = _asked(sender.actor, mailbox, wanted, idempotency_key)
        prepared = prepare_draft(loftbox, mailbox, wanted, sender)
        view = loftbox.store.write(_once, prepared, asked, sender, loftbox.request_id(), loftbox.clock.now())
    out.show(view)
    if view.decision is not None:
        out.say(view.decision.detail or ", ".join(view.decision.reasons))
    held = view.state == "held"
    out.next(f"loftbox approvals show {view.approval_id}" if held else f"loftbox trace {view.id}")
    if view.decision is not None and view.decision.answer is Answer.BLOCK:
        raise typer.Exit(ExitCode.REFUSED)


def _sender(loftbox: "LoftBox", key_file: str) -> Sender:
    """The operating-system user, or the agent of a key; raises NotAuthenticated or NotAllowed."""
    from loftbox_cli.cli.draft_options import read_file
    from loftbox_cli.core.actor import Via
    from loftbox_cli.core.errors import NotAuthenticated
    from loftbox_cli.core.key import Scope
    from loftbox_cli.services import keys
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    if not key_file:
        return Sender(system_user(), EVERYTHING)
    text = read_file(key_file, field="--key-file").decode("ascii", "replace")
    try:
        principal = loftbox.store.glance(keys.authenticate, text, now=loftbox.clock.now())
    except NotAuthenticated as error:
        raise NotAuthenticated(
            error.fact,
            fix=f"loftbox key create AGENT --scope send -q > {key_file} makes one",
            field="--key-file",
        ) from None
    principal.need(Scope.SEND)
    return Sender(replace(principal.actor, via=Via.CLI), principal.viewer)


def prepare_draft(loftbox: "LoftBox", mailbox: str, wanted: "Draft", sender: Sender) -> "Prepared":
    """Compose outside of any transaction; raises BadInput and NotFound."""
    from loftbox_cli.core.ids import MessageId
    from loftbox_cli.core.replying import reply_to
    from loftbox_cli.services import submit

    grounds = loftbox.store.glance(submit.grounds, mailbox, wanted, sender.viewer)
    return submit.prepare(
        wanted if grounds.parent is None else reply_to(grounds.parent, wanted),
        grounds,
        message_id=MessageId(loftbox.mint("msg")),
        tag_secret=loftbox.tag_secret,
    )


def _asked(actor: "Actor", mailbox: str, wanted: "Draft", key: str) -> "Asked | None":
    """What an idempotency key stands for: this sender, and exactly this message."""
    from loftbox_cli.core.header import check_text
    from loftbox_cli.services.answers import Asked

    if not key:
        return None
    check_text(key, field="--idempotency-key", limit=MAX_KEY)
    said = json.dumps(
        {"mailbox": mailbox, "draft": asdict(wanted)},
        default=lambda content: hashlib.sha256(content).hexdigest(),  # of attached files
    )
    return Asked(f"{actor.id} loftbox send {key}", hashlib.sha256(said.encode()).hexdigest())


def _once(
    tx: "Tx",
    prepared: "Prepared",
    asked: "Asked | None",
    sender: Sender,
    request_id: "RequestId",
    now: "datetime",
) -> "MessageView":
    """Send, or show what the same request sent before as it stands now; raises KeyReused."""
    from loftbox_cli.services import answers, messages, shown, submit

    sent: list[MessageView] = []

    def send_it(tx: "Tx") -> "MessageView":
        sent.append(
            shown.passed(tx, submit.send(tx, prepared, by=sender.actor, request_id=request_id, now=now))
        )
        return sent[0]

    answered = answers.once(
        tx, asked, lambda view: answers.Answered(int(ExitCode.DONE), view.id), now, send_it
    )
    return sent[0] if sent else shown.whole_message(messages.show(tx, answered.body, sender.viewer))
