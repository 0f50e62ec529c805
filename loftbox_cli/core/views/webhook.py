"""How a webhook endpoint is shown, and what was posted to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.endpoint import (
    Endpoint,
    EndpointStatus,
    Notification,
    NotificationAttempt,
    NotificationState,
)
from loftbox_cli.core.ids import AgentId, EndpointId, EventId, NotificationId


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """A URL that wants events; an empty `events` means all of them."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "status", "url", "events", "agent_id")

    id: EndpointId
    object: Literal["webhook"] = "webhook"
    url: str
    events: tuple[str, ...]
    agent_id: AgentId | None
    status: EndpointStatus
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpointView(EndpointView):
    """An endpoint that was just made, with its secret, which is shown this once."""

    COLUMNS: ClassVar[tuple[str, ...]] = (*EndpointView.COLUMNS, "secret")

    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """One POST and how it was answered; `took` is in milliseconds, `status` 0 without an answer."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("number", "started_at", "took", "status", "fault")

    number: int
    started_at: datetime
    took: int
    status: int
    fault: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """One event on its way to one endpoint, with each attempt."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "created_at",
        "event_type",
        "state",
        "attempts",
        "last_status",
    )

    id: NotificationId
    object: Literal["notification"] = "notification"
    webhook_id: EndpointId
    event_id: EventId
    event_type: str
    event_seq: int
    state: NotificationState
    attempts: int
    next_at: datetime | None
    settled_at: datetime | None
    last_status: int
    last_fault: str
    tries: tuple[PostView, ...]
    created_at: datetime


def endpoint_view(endpoint: Endpoint) -> EndpointView:
    """Show an endpoint, without its secret."""
    return EndpointView(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        agent_id=endpoint.agent_id,
        status=endpoint.status,
        created_at=endpoint.created_at,
    )


def new_endpoint_view(endpoint: Endpoint, secret: str) -> NewEndpointView:
    """Show an endpoint to whoever made it."""
    return NewEndpointView(
        id=endpoint.id,
        url=endpoint.url,
        events=endpoint.events,
        agent_id=endpoint.agent_id,
        status=endpoint.status,
        created_at=endpoint.created_at,
        secret=secret,
    )


def notification_view(
    notification: Notification, attempts: Sequence[NotificationAttempt]
) -> NotificationView:
    """Show a notification with its attempts."""
    return NotificationView(
        id=notification.id,
        webhook_id=notification.endpoint_id,
        event_id=notification.event_id,
        event_type=notification.event_type,
        event_seq=notification.event_seq,
        state=notification.state,
        attempts=notification.attempts,
        next_at=notification.next_at,
        settled_at=notification.settled_at,
        last_status=notification.last_status,
        last_fault=notification.last_fault,
        tries=tuple(post_view(each) for each in attempts),
        created_at=notification.created_at,
    )


def post_view(attempt: NotificationAttempt) -> PostView:
    """Show one POST."""
    return PostView(
        number=attempt.number,
        started_at=attempt.started_at,
        took=attempt.took,
        status=attempt.status,
        fault=attempt.fault,
        answer=attempt.answer.decode("utf-8", "replace"),
    )
