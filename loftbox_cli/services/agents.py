"""Agents: registered programs."""

from datetime import datetime

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.header import check_name, check_text
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.services.tx import Tx, Viewer


def create(tx: Tx, *, name: str, purpose: str, owner: str, now: datetime) -> Agent:
    """Register a program; raises AlreadyExists when the name is taken."""
    check_name(name, field="name")
    check_text(purpose, field="purpose")
    check_text(owner, field="owner")
    agent = Agent(AgentId(tx.mint("agent")), name, purpose, owner, now)
    tx.agents.add(agent)
    return agent


def page(tx: Tx, page: Page, viewer: Viewer) -> PageOf[Agent]:
    """Agents, newest first; an agent sees itself."""
    where = {} if viewer.agent_id is None else {"id": viewer.agent_id}
    return tx.agents.page(page, **where)


def find(tx: Tx, name: str, viewer: Viewer) -> Agent:
    """The agent with this id or name; raises NotFound."""
    found = tx.agents.find(id=name) or tx.agents.find(name=name)
    if found is None or viewer.agent_id not in (None, found.id):
        raise NotFound(
            f"there is no agent {name}", fix="loftbox agent list shows what there is", field="agent"
        )
    return found
