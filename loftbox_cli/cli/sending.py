"""What every command that sends does: see who sends, compose, go to the gate once, say what came of it."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.writes import Written

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.actor import Actor
    from loftbox_cli.core.draft import Draft
    from loftbox_cli.core.ids import RequestId
    from loftbox_cli.core.timing import Timing
    from loftbox_cli.core.views.message import MessageView
    from loftbox_cli.services.answers import Asked
    from loftbox_cli.services.submit import Prepared
    from loftbox_cli.services.tx import Tx, Viewer
    from loftbox_cli.wiring import LoftBox

MAX_KEY = 255  # characters of an idempotency key


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends, and what they see."""

    actor: "Actor"
    viewer: "Viewer"


# What a command makes of a draft, and the mailbox from which it goes.
Finish = Callable[["LoftBox", Sender, "Draft"], tuple[str, "Draft"]]


def send_written(written: Written, command: str, finish: Finish, out: Output) -> None:
    """Send what was typed. `command` tells an idempotency key of one command from that of another."""
    from loftbox_cli.cli import draft_options
    from loftbox_cli.core.views.message import MessageView

    out.expect(MessageView)
    typed = draft_options.read(written)
    with opened() as loftbox:
        sender = sender_of(loftbox, written.key_file)
        mailbox, wanted = finish(loftbox, sender, typed)
        now = loftbox.clock.now()
        timing = draft_options.timing_of(written, now)
        asked = _asked(sender.actor, command, mailbox, wanted, written)
        prepared = prepare_draft(loftbox, mailbox, wanted, sender, timing)
        view = loftbox.store.write(_once, prepared, asked, sender, loftbox.request_id(), now)
    _tell(view, out)


def _tell(view: "MessageView", out: Output) -> None:
    from loftbox_cli.core.decision import Answer
    from loftbox_cli.core.delivery import DeliveryState

    out.show(view)
    if view.decision is not None:
        out.say(view.decision.detail or ", ".join(view.decision.reasons))
    suppressed = [each for each in view.deliveries if each.state is DeliveryState.SUPPRESSED]
    for each in suppressed:
        out.say(each.last_words)
    held = view.state == "held"
    out.next(f"loftbox approvals show {view.approval_id}" if held else f"loftbox trace {view.id}")
    blocked = view.decision is not None and view.decision.answer is Answer.BLOCK
    if blocked or (suppressed and len(suppressed) == len(view.deliveries)):
        raise typer.Exit(ExitCode.REFUSED)


def sender_of(loftbox: "LoftBox", key_file: str) -> Sender:
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


def filled_in(loftbox: "LoftBox", mailbox: str, wanted: "Draft", sender: Sender) -> "Draft":
    """An answer with what it takes over from the message that it answers; raises NotFound."""
    from loftbox_cli.core.replying import reply
    from loftbox_cli.services import submit

    grounds = loftbox.store.glance(submit.grounds, mailbox, wanted, sender.viewer)
    if grounds.parent is None:
        return wanted
    return reply(grounds.parent, wanted, own=grounds.mailbox.address)


def prepare_draft(
    loftbox: "LoftBox", mailbox: str, wanted: "Draft", sender: Sender, timing: "Timing | None" = None
) -> "Prepared":
    """Compose outside of any transaction; raises BadInput and NotFound."""
    from loftbox_cli.core.ids import MessageId
    from loftbox_cli.core.timing import AT_ONCE
    from loftbox_cli.services import submit

    return submit.prepare(
        wanted,
        loftbox.store.glance(submit.grounds, mailbox, wanted, sender.viewer),
        message_id=MessageId(loftbox.mint("msg")),
        tag_secret=loftbox.tag_secret,
        timing=timing or AT_ONCE,
    )


def _asked(actor: "Actor", command: str, mailbox: str, wanted: "Draft", written: Written) -> "Asked | None":
    """What an idempotency key stands for: this sender, and exactly this message."""
    from loftbox_cli.core.header import check_text
    from loftbox_cli.services.answers import Asked

    key = written.idempotency_key
    if not key:
        return None
    check_text(key, field="--idempotency-key", limit=MAX_KEY)
    said = json.dumps(
        {
            "mailbox": mailbox,
            "draft": asdict(wanted),
            "at": written.at,
            "expires_after": written.expires_after,
        },
        default=lambda content: hashlib.sha256(content).hexdigest(),  # of attached files
    )
    return Asked(f"{actor.id} loftbox {command} {key}", hashlib.sha256(said.encode()).hexdigest())


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
