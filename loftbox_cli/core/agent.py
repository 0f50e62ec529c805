"""A registered program that may own mailboxes."""

from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.ids import AgentId


@dataclass(frozen=True, slots=True)
class Agent:
    """`owner` names the person who answers for what the agent does."""

    id: AgentId
    name: str
    purpose: str
    owner: str
    created_at: datetime
