"""How the queue is shown: one row for each delivery, with what it waits for and when it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from loftbox_cli.core.delivery import WAITING, Attempt, Delivery, DeliveryState
from loftbox_cli.core.ids import DeliveryId, MailboxId, MessageId
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.views.delivery import AttemptView, tries_of
from loftbox_cli.core.waiting import paused_by, tried_at, waits_for


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedView:
    """One delivery. `why` says in one line what it waits for, or how it ended.

    `next_at` is when it is tried next, null while a pause holds it. `gives_up_at` and
    `expires_at` move with every pause. `tries` is null in lists.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "queued_at",
        "recipient",
        "state",
        "attempts",
        "next_at",
        "gives_up_at",
        "why",
    )

    id: DeliveryId
    object: Literal["delivery"] = "delivery"
    message_id: MessageId
    mailbox_id: MailboxId
    mailbox: str
    recipient: str
    destination: str
    state: DeliveryState
    paused_by: tuple[str, ...]
    attempts: int
    queued_at: datetime
    next_at: datetime | None
    gives_up_at: datetime | None
    expires_at: datetime | None
    settled_at: datetime | None
    last_code: int
    last_class: str
    last_words: str
    why: str
    tries: tuple[AttemptView, ...] | None


def queued_view(
    delivery: Delivery,
    *,
    mailbox: str,
    pauses: Sequence[Pause],
    rest: Rest | None,
    held: timedelta,
    give_up_after: timedelta,
    attempts: Sequence[Attempt] | None,
) -> QueuedView:
    """Show a delivery of the mailbox with this address, which pauses have `held` for so long so far."""
    settled = delivery.next_at is None
    return QueuedView(
        id=delivery.id,
        message_id=delivery.message_id,
        mailbox_id=delivery.mailbox_id,
        mailbox=mailbox,
        recipient=delivery.recipient,
        destination=delivery.destination,
        state=delivery.state,
        paused_by=paused_by(pauses),
        attempts=delivery.attempts,
        queued_at=delivery.queued_at,
        next_at=tried_at(delivery, pauses, rest),
        gives_up_at=None if settled else delivery.queued_at + held + give_up_after,
        expires_at=delivery.expires_at + held if delivery.expires_at else None,
        settled_at=delivery.settled_at,
        last_code=delivery.last_code,
        last_class=delivery.last_class,
        last_words=delivery.last_words,
        why=_why(delivery, pauses, rest),
        tries=tries_of(delivery, attempts),
    )


def _why(delivery: Delivery, pauses: Sequence[Pause], rest: Rest | None) -> str:
    if delivery.state is DeliveryState.SENDING:
        return "an attempt is under way"
    if delivery.state not in WAITING:
        return delivery.last_words
    return waits_for(delivery, pauses, rest) or delivery.last_words or "waits for its turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetriedView:
    """How many deliveries were made due at once."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("object", "destination", "count")

    object: Literal["retried"] = "retried"
    destination: str
    count: int
