"""Webhooks on their way: claim, sign once, record each attempt."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.endpoint import (
    Endpoint,
    EndpointSecret,
    Notification,
    NotificationAttempt,
    NotificationState,
)
from loftbox_cli.core.errors import BadInput, LeaseLost
from loftbox_cli.core.events import Event, envelope
from loftbox_cli.core.ids import NotificationId
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.retry import Exhausted, next_post
from loftbox_cli.core.webhook_signature import signed_body
from loftbox_cli.services.tx import Tx

LEASE = timedelta(minutes=1)  # four times the deadline of a POST

# Opens a sealed secret; the loop keeps what it opened.
Open = Callable[[EndpointSecret], str]


@dataclass(frozen=True, slots=True)
class Post:
    """One attempt that is due: the stored bytes, and the secrets that sign its headers."""

    notification: Notification
    endpoint: Endpoint
    secrets: tuple[str, ...]


def claim(tx: Tx, limit: int, *, each: int, busy: Collection[str], opened: Open, now: datetime) -> list[Post]:
    """Take what is due. The body is signed at the first claim and stays the same from then on."""
    posts = []
    for notification in tx.due.notifications(now, limit, each=each, busy=busy):
        endpoint = tx.endpoints.get(notification.endpoint_id)
        secrets = tuple(opened(secret) for secret in _valid(tx, endpoint, now))
        try:
            body = notification.body or signed_body(envelope(_event(tx, notification)), secrets)
        except BadInput as error:
            # An event that canonical JSON cannot hold is a defect of ours; the others must not wait for it.
            tx.notifications.save(_exhausted(replace(notification, last_fault=error.fact), now))
            continue
        claimed = replace(
            notification,
            attempts=notification.attempts + 1,
            lease_until=now + LEASE,
            fence=notification.fence + 1,
            body=body,
        )
        tx.notifications.save(claimed)
        posts.append(Post(claimed, endpoint, secrets))
    return posts


def next_at(tx: Tx, *, busy: Collection[str]) -> datetime | None:
    """When something is due for which there may be a free slot."""
    return tx.due.next_notification(busy=busy)


def _valid(tx: Tx, endpoint: Endpoint, now: datetime) -> list[EndpointSecret]:
    """The secrets that sign, oldest first; a retiring one signs until its time is over."""
    secrets = tx.endpoint_secrets.all(endpoint_id=endpoint.id)
    return [each for each in secrets if each.retires_at is None or now < each.retires_at]


def _event(tx: Tx, notification: Notification) -> Event:
    (event,) = tx.journal.after(notification.event_seq - 1, 1)
    return event


def record(
    tx: Tx,
    notification_id: NotificationId,
    fence: int,
    posted: Posted,
    *,
    waits: Sequence[timedelta],
    spread: float,
    started_at: datetime,
    now: datetime,
) -> Notification:
    """Write down how one POST ended: a 2xx is delivered, everything else is tried again, then exhausted."""
    notification = _claimed(tx, notification_id, fence)
    tx.notification_attempts.add(
        NotificationAttempt(
            notification_id=notification.id,
            number=notification.attempts,
            started_at=started_at,
            took=posted.took,
            status=posted.status,
            fault=posted.fault,
            answer=posted.answer,
        )
    )
    ended = replace(notification, lease_until=None, last_status=posted.status, last_fault=posted.fault)
    if 200 <= posted.status < 300:
        ended = replace(ended, state=NotificationState.DELIVERED, next_at=None, settled_at=now)
    else:
        following = next_post(notification.attempts, now, spread, waits=waits)
        if isinstance(following, Exhausted):
            ended = _exhausted(ended, now)
        else:
            ended = replace(ended, next_at=following.at)
    tx.notifications.save(ended)
    return ended


def _exhausted(notification: Notification, now: datetime) -> Notification:
    return replace(notification, state=NotificationState.EXHAUSTED, next_at=None, settled_at=now)


def put_back(tx: Tx, notification_id: NotificationId, fence: int) -> None:
    """Undo a claim of which nothing was posted: a stop uses up no try. Raises LeaseLost."""
    notification = _claimed(tx, notification_id, fence)
    tx.notifications.save(
        replace(
            notification,
            attempts=notification.attempts - 1,
            lease_until=None,
            fence=notification.fence + 1,
        )
    )


def _claimed(tx: Tx, notification_id: NotificationId, fence: int) -> Notification:
    notification = tx.notifications.get(notification_id)
    if notification.fence != fence or notification.lease_until is None:
        raise LeaseLost(f"notification {notification_id} was taken over")
    return notification


def void_leases(tx: Tx) -> int:
    """At a start nobody posts anything: what was being posted is due again."""
    leased = tx.due.being_posted()
    for notification in leased:
        tx.notifications.save(replace(notification, lease_until=None))
    return len(leased)
