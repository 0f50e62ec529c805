"""How a delivery is shown: one recipient of one message, with the peer's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.waiting import paused_by


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One try. `ended_at` is null while it runs."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("number", "started_at", "outcome", "host", "tls", "words")

    number: int
    started_at: datetime
    ended_at: datetime | None
    outcome: str
    stage: str
    code: int
    enhanced: str
    words: str
    host: str
    address: str
    tls: str
    transcript: tuple[str, ...]
    response_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """`paused_by` names what holds it. `tries` tells each attempt of one message, and is null in lists."""

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "recipient",
        "state",
        "paused_by",
        "attempts",
        "next_at",
        "last_words",
    )

    id: DeliveryId
    object: Literal["delivery"] = "delivery"
    recipient: str
    state: DeliveryState
    paused_by: tuple[str, ...]
    attempts: int
    queued_at: datetime
    next_at: datetime | None
    expires_at: datetime | None
    settled_at: datetime | None
    last_code: int
    last_class: str
    last_words: str
    tries: tuple[AttemptView, ...] | None


def delivery_view(
    delivery: Delivery, attempts: Sequence[Attempt] | None, pauses: Sequence[Pause] = ()
) -> DeliveryView:
    """Show a delivery; `attempts` may be those of the whole message, or None for a list."""
    return DeliveryView(
        id=delivery.id,
        recipient=delivery.recipient,
        state=delivery.state,
        paused_by=paused_by(pauses),
        attempts=delivery.attempts,
        queued_at=delivery.queued_at,
        next_at=None if pauses else delivery.next_at,
        expires_at=delivery.expires_at,
        settled_at=delivery.settled_at,
        last_code=delivery.last_code,
        last_class=delivery.last_class,
        last_words=delivery.last_words,
        tries=tries_of(delivery, attempts),
    )


def tries_of(delivery: Delivery, attempts: Sequence[Attempt] | None) -> tuple[AttemptView, ...] | None:
    """Show the attempts of a delivery among those of its message."""
    if attempts is None:
        return None
    return tuple(attempt_view(each) for each in attempts if each.delivery_id == delivery.id)


def attempt_view(attempt: Attempt) -> AttemptView:
    """Show one try."""
    return AttemptView(
        number=attempt.number,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        outcome=attempt.outcome,
        stage=attempt.stage,
        code=attempt.code,
        enhanced=attempt.enhanced,
        words=attempt.words,
        host=attempt.host,
        address=attempt.address,
        tls=attempt.tls,
        transcript=attempt.transcript,
        response_class=attempt.response_class,
    )
