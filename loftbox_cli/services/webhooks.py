"""Webhook endpoints, and what was sent to them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from loftbox_cli.core import target, webhook_url
from loftbox_cli.core.actor import Actor
from loftbox_cli.core.endpoint import (
    Endpoint,
    EndpointSecret,
    EndpointStatus,
    Notification,
    NotificationAttempt,
)
from loftbox_cli.core.errors import BadInput, Conflict, NotFound, TargetRefused
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import AgentId, EndpointId, RequestId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.services.story import tell
from loftbox_cli.services.tx import EVERYTHING, Tx, Viewer

# An agent's key registers URLs by itself; each multiplies every event.
MOST_OF_AGENT = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A notification with each of its attempts."""

    notification: Notification
    attempts: tuple[NotificationAttempt, ...]


def check(url: str, events: Sequence[str], *, networks: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Judge the URL and the event types; raises BadInput that names the field.

    Raises TargetRefused for an address that is not public and in none of `networks`.
    Where a name leads is judged at each post.
    """
    known = [kind.value for kind in EventType]
    for kind in events:
        if kind not in known:
            near = get_close_matches(kind, known, n=1)
            raise BadInput(
                f"there is no event type {kind}",
                fix=f"did you mean {near[0]}?" if near else "they are listed at /openapi.json",
                field="events",
            )
    judged = webhook_url.judge(url)
    if judged.address and (reason := target.refused(judged.address, networks)):
        raise TargetRefused(
            f"webhook URL refused: {reason}",
            fix="name a public address, or open its network in [webhooks] allow_networks",
            field="url",
        )
    return str(judged), tuple(dict.fromkeys(events))


def create(
    tx: Tx, *, url: str, events: tuple[str, ...], agent_id: AgentId | None, sealed: bytes, now: datetime
) -> Endpoint:
    """Register a URL; `sealed` is its first secret, sealed for the purpose "webhook".

    Raises NotFound for the agent.
    """
    if agent_id is not None:
        tx.agents.get(agent_id)
        if tx.endpoints.count(agent_id=agent_id) >= MOST_OF_AGENT:
            raise Conflict(
                f"this agent has {MOST_OF_AGENT} webhooks already",
                fix="let one URL serve several event types",
            )
    endpoint = Endpoint(EndpointId(tx.mint("wh")), url, events, agent_id, EndpointStatus.ACTIVE, now)
    tx.endpoints.add(endpoint)
    tx.endpoint_secrets.add(EndpointSecret(tx.mint("whs"), endpoint.id, sealed, now, None))
    return endpoint


def page(tx: Tx, page: Page, viewer: Viewer) -> PageOf[Endpoint]:
    """Endpoints, newest first; an agent sees its own."""
    return tx.endpoints.page(page, **viewer.only)


def find(tx: Tx, endpoint_id: str, viewer: Viewer) -> Endpoint:
    """One endpoint; one of another agent is NotFound."""
    found = tx.endpoints.find(id=endpoint_id, **viewer.only)
    if found is None:
        raise NotFound(f"there is no webhook {endpoint_id}", fix="loftbox webhook list shows what there is")
    return found


def notifications(tx: Tx, endpoint_id: str, page: Page, viewer: Viewer) -> PageOf[Told]:
    """What was or will be sent to an endpoint, newest first, with each attempt."""
    found = tx.notifications.page(page, endpoint_id=find(tx, endpoint_id, viewer).id)
    return PageOf(tuple(_told(tx, each) for each in found.items), found.cursor)


def switch(
    tx: Tx, endpoint_id: str, status: EndpointStatus, *, by: Actor, request_id: RequestId, now: datetime
) -> Endpoint:
    """Stop posting to a URL, or begin again; what waits meanwhile is kept. Switching twice is harmless."""
    endpoint = find(tx, endpoint_id, EVERYTHING)
    if endpoint.status is status:
        return endpoint
    switched = replace(endpoint, status=status)
    tx.endpoints.save(switched)
    kind = EventType.WEBHOOK_DISABLED if status is EndpointStatus.DISABLED else EventType.WEBHOOK_RECOVERED
    tell(
        tx, kind, request_id, now, {"webhook_id": endpoint.id, "url": endpoint.url, "detail": f"by {by.name}"}
    )
    return switched


def resend(tx: Tx, notification_id: str, viewer: Viewer, *, now: datetime) -> Told:
    """Send an event again: a new notification of the same event, so that the old one's story stays."""
    old = tx.notifications.find(id=notification_id)
    if old is None or tx.endpoints.find(id=old.endpoint_id, **viewer.only) is None:
        raise NotFound(
            f"there is no notification {notification_id}",
            fix="loftbox webhook notifications WEBHOOK lists them",
        )
    again = tx.journal.notify(old.endpoint_id, tx.journal.get(old.event_id), now)
    return _told(tx, again)


def _told(tx: Tx, notification: Notification) -> Told:
    return Told(notification, tuple(tx.notification_attempts.all(notification_id=notification.id)))
