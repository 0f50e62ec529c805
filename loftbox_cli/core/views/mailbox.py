"""How a mailbox is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.ids import AgentId, DomainId, MailboxId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.views.pause import Status, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxView:
    """An address of an agent. The operator's own mailbox has neither domain nor agent."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "address", "status", "oversight", "agent_id", "owner")

    id: MailboxId
    object: Literal["mailbox"] = "mailbox"
    address: str
    display_name: str
    agent_id: AgentId | None
    domain_id: DomainId | None
    owner: str
    oversight: Oversight
    match_subject: bool
    status: Status
    metadata: Mapping[str, str]
    created_at: datetime


def mailbox_view(mailbox: Mailbox, *, paused: bool) -> MailboxView:
    """Show a mailbox."""
    return MailboxView(
        id=mailbox.id,
        address=mailbox.address,
        display_name=mailbox.display_name,
        agent_id=mailbox.agent_id,
        domain_id=mailbox.domain_id,
        owner=mailbox.owner,
        oversight=mailbox.oversight,
        match_subject=mailbox.match_subject,
        status=status_of(paused),
        metadata=mailbox.metadata,
        created_at=mailbox.created_at,
    )
