"""How one step of a story is shown: an event, an attempt to deliver, or a POST to a webhook."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.endpoint import Notification, NotificationAttempt
from loftbox_cli.core.events import Event
from loftbox_cli.core.ids import DeliveryId, MessageId, NotificationId, RequestId
from loftbox_cli.core.plain_text import plain_line
from loftbox_cli.core.response_meaning import meaning
from loftbox_cli.core.response_rules import ResponseClass
from loftbox_cli.core.telling import sentence
from loftbox_cli.core.views.delivery import AttemptView, attempt_view
from loftbox_cli.core.views.event import EventView, event_view
from loftbox_cli.core.views.webhook import PostView, post_view


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """Something that happened at `at`, in words. Of `event`, `attempt` and `post` one is there.

    `details` are further lines: the rules that a policy hit, how a person decided and
    why, what a peer's words mean.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("at", "kind", "text", "state")

    object: Literal["step"] = "step"
    kind: Literal["event", "attempt", "post"]
    at: datetime
    text: str
    state: str
    details: tuple[str, ...]
    request_id: RequestId | None
    message_id: MessageId | None
    delivery_id: DeliveryId | None
    notification_id: NotificationId | None
    event: EventView | None
    attempt: AttemptView | None
    post: PostView | None


def event_step(event: Event, *, notified: bool) -> StepView:
    """Show an event as a step."""
    told = sentence(event, notified=notified)
    return StepView(
        kind="event",
        at=event.created_at,
        text=told.text,
        state=told.state,
        details=tuple(_details(event.data)),
        request_id=event.request_id,
        message_id=event.message_id,
        delivery_id=event.delivery_id,
        notification_id=None,
        event=event_view(event),
        attempt=None,
        post=None,
    )


def attempt_step(delivery: Delivery, attempt: Attempt) -> StepView:
    """Show an attempt as a step, at its end, with the peer's own words."""
    address = f" [{attempt.address}]" if attempt.address else ""
    peer = f" at {attempt.host}{address}" if attempt.host else ""
    said = f": {attempt.words}" if attempt.words else ""
    return StepView(
        kind="attempt",
        at=attempt.ended_at or attempt.started_at,
        text=f"Attempt {attempt.number} for {delivery.recipient}{peer}{said}",
        state=attempt.outcome or "sending",
        details=tuple(_meaning(attempt)),
        request_id=delivery.request_id,
        message_id=delivery.message_id,
        delivery_id=delivery.id,
        notification_id=None,
        event=None,
        attempt=attempt_view(attempt),
        post=None,
    )


def post_step(url: str, notification: Notification, attempt: NotificationAttempt) -> StepView:
    """Show a POST as a step."""
    answer = attempt.fault or f"answered {attempt.status}"
    return StepView(
        kind="post",
        at=attempt.started_at,
        text=f"Webhook {notification.event_type}, attempt {attempt.number} at {url}: {answer}",
        state="delivered" if 200 <= attempt.status < 300 else "failed",
        details=(),
        request_id=None,
        message_id=None,
        delivery_id=None,
        notification_id=notification.id,
        event=None,
        attempt=None,
        post=post_view(attempt),
    )


def _details(data: Mapping[str, JSON]) -> Iterator[str]:
    """What an event holds beyond its one sentence: the rules that were hit, and how a person decided."""
    rules = data.get("rules")
    for rule in rules if isinstance(rules, list | tuple) else ():
        if isinstance(rule, Mapping) and rule.get("policy"):
            name, version = rule.get("policy_name") or rule["policy"], rule.get("version")
            yield plain_line(
                f"policy {name}, version {version}, rule {rule.get('rule')}: {rule.get('decision')}"
            )
    if data.get("decided_by"):
        said = f", because: {data['why']}" if data.get("why") else ""
        yield plain_line(f"decided by {data['decided_by']}, via {data.get('via') or 'loftbox'}{said}")


def _meaning(attempt: Attempt) -> Iterator[str]:
    if attempt.response_class and attempt.outcome != "delivered":
        kind = ResponseClass(attempt.response_class)
        yield f"class {kind.value}: {meaning(kind, attempt.words).means}"
