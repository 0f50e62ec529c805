"""How an agent is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.views.pause import Status, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """A registered program."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "name", "status", "owner", "purpose")

    id: AgentId
    object: Literal["agent"] = "agent"
    name: str
    purpose: str
    owner: str
    status: Status
    created_at: datetime


def agent_view(agent: Agent, *, paused: bool) -> AgentView:
    """Show an agent."""
    return AgentView(
        id=agent.id,
        name=agent.name,
        purpose=agent.purpose,
        owner=agent.owner,
        status=status_of(paused),
        created_at=agent.created_at,
    )
