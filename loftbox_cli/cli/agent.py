"""`loftbox agent`: programs that have mailboxes."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.each import through_each
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.pages import Pages, paged
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from loftbox_cli.core.page import Page
    from loftbox_cli.core.views.agent import AgentView
    from loftbox_cli.core.views.form import ListView
    from loftbox_cli.services.tx import Tx

app = noun()


@app.command("create")
@shows
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the program is called.")],
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    owner: Annotated[
        str,
        typer.Option(metavar="NAME", help="Who answers for what it does. [default: you]", show_default=False),
    ] = "",
    *,
    out: Output,
) -> None:
    """Register a program."""
    from loftbox_cli.core.views.agent import AgentView, agent_view
    from loftbox_cli.services import agents
    from loftbox_cli.wiring import system_user

    out.expect(AgentView)
    with opened() as loftbox:
        made = loftbox.store.write(
            agents.create,
            name=name,
            purpose=purpose,
            owner=owner or system_user().name,
            now=loftbox.clock.now(),
        )
    out.show(agent_view(made, paused=False))
    local = made.name if made.name.isascii() and made.name.replace("-", "").isalnum() else "name"
    out.next(f"loftbox mailbox create {local}@example.com --agent {shlex.quote(made.name)}")


@app.command("list")
@shows
@paged
def list_agents(*, pages: Pages, out: Output) -> None:
    """List the programs, newest first."""
    from loftbox_cli.core.views.agent import AgentView
    from loftbox_cli.services import agents, shown
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", page: "Page") -> "ListView[AgentView]":
        return shown.page(tx, agents.page(tx, page, EVERYTHING), shown.agent)

    with opened() as loftbox:
        pages.write(out, lambda page: loftbox.store.glance(read, page), of=AgentView)


@app.command("show")
@shows
def show(
    agent: Annotated[
        list[str], typer.Argument(metavar="AGENT...", help="Id or name; - reads ids from standard input.")
    ],
    *,
    out: Output,
) -> None:
    """Show a program."""
    from loftbox_cli.core.views.agent import AgentView
    from loftbox_cli.services import agents, shown
    from loftbox_cli.services.tx import EVERYTHING

    def read(tx: "Tx", name: str) -> AgentView:
        return shown.agent(tx, agents.find(tx, name, EVERYTHING))

    with opened() as loftbox:
        through_each(out, agent, lambda name: loftbox.store.glance(read, name), of=AgentView)
