"""A URL that wants events, and one event on its way to it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import AgentId, EndpointId, EventId, NotificationId

SEAL_PURPOSE = "webhook"  # what a sealed signing secret is bound to


class EndpointStatus(StrEnum):
    """Whether events are posted."""

    ACTIVE = "active"
    DISABLED = "disabled"


class NotificationState(StrEnum):
    """pending → delivered | exhausted; `resend` makes it pending again."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`events` are the wanted types, none of them meaning all. With an agent, only its mailboxes count."""

    id: EndpointId
    url: str
    events: tuple[str, ...]
    agent_id: AgentId | None
    status: EndpointStatus
    created_at: datetime

    def wants(self, event_type: str, agent_id: AgentId | None) -> bool:
        """Say whether an event of this type, about this agent's mailbox, goes to this URL."""
        if self.status is not EndpointStatus.ACTIVE or (self.agent_id and self.agent_id != agent_id):
            return False
        return not self.events or event_type in self.events


@dataclass(frozen=True, slots=True)
class EndpointSecret:
    """A sealed signing secret; after `retires_at` it signs no more."""

    id: str
    endpoint_id: EndpointId
    sealed: bytes
    created_at: datetime
    retires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Notification:
    """`body` is empty until the first attempt signs it; from then on the same bytes go out each time."""

    id: NotificationId
    endpoint_id: EndpointId
    event_seq: int
    event_id: EventId
    event_type: str
    state: NotificationState
    attempts: int
    next_at: datetime | None
    lease_until: datetime | None
    fence: int
    body: bytes
    last_status: int
    last_fault: str
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NotificationAttempt:
    """One POST and its answer; `took` is in milliseconds."""

    notification_id: NotificationId
    number: int
    started_at: datetime
    took: int
    status: int
    fault: str
    answer: bytes
