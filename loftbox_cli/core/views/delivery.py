"""How a delivery is shown: one recipient of one message, with the peer's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState
from loftbox_cli.core.ids import DeliveryId


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """`tries` tells each attempt where one message is shown, and is null in lists."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "recipient", "state", "attempts", "next_at", "last_words")

    id: DeliveryId
    object: Literal["delivery"] = "delivery"
    recipient: str
    state: DeliveryState
    attempts: int
    queued_at: datetime
    next_at: datetime | None
    settled_at: datetime | None
    last_code: int
    last_words: str
    tries: tuple[AttemptView, ...] | None


def delivery_view(delivery: Delivery, attempts: Sequence[Attempt] | None) -> DeliveryView:
    """Show a delivery; `attempts` may be those of the whole message, or None for a list."""
    tries = None
    if attempts is not None:
        tries = tuple(attempt_view(each) for each in attempts if each.delivery_id == delivery.id)
    return DeliveryView(
        id=delivery.id,
        recipient=delivery.recipient,
        state=delivery.state,
        attempts=delivery.attempts,
        queued_at=delivery.queued_at,
        next_at=delivery.next_at,
        settled_at=delivery.settled_at,
        last_code=delivery.last_code,
        last_words=delivery.last_words,
        tries=tries,
    )


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
    )
