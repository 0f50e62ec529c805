"""`loftbox mailbox`: addresses of agents."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows
from loftbox_cli.cli.words import NONE, one_of, pairs

if TYPE_CHECKING:
    from datetime import datetime

    from loftbox_cli.core.mailbox import Oversight
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.core.views.mailbox import MailboxView
    from loftbox_cli.services.tx import Tx

app = noun()

_OVERSIGHT = (
    "How much waits for a person: read_only, gated_all, gated_send, sampled, monitored or autonomous. "
    "loftbox policy show PRESET prints its rules."
)
_MATCH_SUBJECT = (
    "yes: mail that names no other one joins a thread of the last week by its subject, "
    "among people known there. no: it never does."
)


@app.command("create")
@shows
def create(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="On a domain that is verified.")],
    agent: Annotated[str, typer.Option(metavar="AGENT", help="Whose it is: id or name.")],
    display_name: Annotated[str, typer.Option(metavar="TEXT", help="The name in From.")] = "",
    oversight: Annotated[str, typer.Option(metavar="PRESET", help=_OVERSIGHT)] = "gated_all",
    metadata: Annotated[list[str], typer.Option(metavar="KEY=VALUE", help="A note for programs.")] = NONE,
    *,
    out: Output,
) -> None:
    """Give an agent an address."""
    from loftbox_cli.core.mailbox import Oversight
    from loftbox_cli.core.views.mailbox import MailboxView

    out.expect(MailboxView)
    preset = one_of(Oversight, oversight, field="--oversight")
    notes = dict(pairs(metadata, field="--metadata"))
    with opened() as loftbox:
        view = loftbox.store.write(_create, address, agent, display_name, preset, notes, loftbox.clock.now())
    out.show(view)
    out.next(f"loftbox key create {agent} --scope send --scope read")


def _create(
    tx: "Tx",
    address: str,
    agent: str,
    display_name: str,
    oversight: "Oversight",
    metadata: dict[str, str],
    now: "datetime",
) -> "MailboxView":
    from loftbox_cli.services import agents, mailboxes, shown
    from loftbox_cli.services.tx import EVERYTHING

    made = mailboxes.create(
        tx,
        address=address,
        agent_id=agents.find(tx, agent, EVERYTHING).id,
        display_name=display_name,
        oversight=oversight,
        metadata=metadata,
        now=now,
    )
    return shown.mailbox(tx, made)


@app.command("list")
@shows
@paged
def list_mailboxes(*, pages: Pages, out: Output) -> None:
    """List the mailboxes, newest first; postmaster is the operator's own."""
    from loftbox_cli.core.views.mailbox import MailboxView
    from loftbox_cli.services import mailboxes, shown
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", page: "Page") -> "ListView[MailboxView]":
        return shown.page(tx, mailboxes.page(tx, page, EVERYTHING), shown.mailbox)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=MailboxView)


@app.command("show")
@shows
def show(
    mailbox: Annotated[
        list[str],
        typer.Argument(metavar="MAILBOX...", help="Id or address; - reads ids from standard input."),
    ],
    *,
    out: Output,
) -> None:
    """Show a mailbox."""
    from loftbox_cli.core.views.mailbox import MailboxView
    from loftbox_cli.services import shown
    from loftbox_cli.services.recipients import find_mailbox
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", name: str) -> MailboxView:
        return shown.mailbox(tx, find_mailbox(tx, name, EVERYTHING))

    with opened() as loftbox:
        through_each(out, mailbox, lambda name: loftbox.store.glance(read, name), of=MailboxView)


@app.command("set")
@shows
def change(
    mailbox: Annotated[
        list[str],
        typer.Argument(metavar="MAILBOX...", help="Id or address; - reads ids from standard input."),
    ],
    oversight: Annotated[str, typer.Option(metavar="PRESET", help=_OVERSIGHT)] = "",
    match_subject: Annotated[str, typer.Option(metavar="WORD", help=_MATCH_SUBJECT)] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about the oversight.")] = "",
    *,
    out: Output,
) -> None:
    """Set how much of a mailbox's mail a person sees before it leaves, and how its threads are found."""
    from loftbox_cli.core.errors import BadInput
    from loftbox_cli.core.mailbox import Oversight
    from loftbox_cli.core.views.mailbox import MailboxView
    from loftbox_cli.services import mailboxes, shown
    from loftbox_cli.services.recipients import find_mailbox
    from loftbox_cli.services.tx import EVERYTHING
    from loftbox_cli.wiring import system_user

    preset = one_of(Oversight, oversight, field="--oversight") if oversight else None
    by_subject = _yes_or_no(match_subject) if match_subject else None
    if preset is None and by_subject is None:
        raise BadInput("there is nothing to set", fix="give --oversight or --match-subject")

    with opened() as loftbox:

        def act(tx: "Tx", name: str) -> MailboxView:
            if preset is not None:
                mailboxes.oversee(
                    tx,
                    name,
                    preset,
                    by=system_user(),
                    why=why,
                    request_id=loftbox.request_id(),
                    now=loftbox.clock.now(),
                )
            if by_subject is not None:
                mailboxes.match_by_subject(tx, name, wanted=by_subject)
            return shown.mailbox(tx, find_mailbox(tx, name, EVERYTHING))

        through_each(out, mailbox, lambda name: loftbox.store.write(act, name), of=MailboxView)


def _yes_or_no(word: str) -> bool:
    from loftbox_cli.core.errors import BadInput

    if word not in ("yes", "no"):
        raise BadInput(
            f"--match-subject cannot be {word[:80]!r}", fix="it is yes or no", field="--match-subject"
        )
    return word == "yes"
