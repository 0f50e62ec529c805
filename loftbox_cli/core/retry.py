"""When to try again what failed for now: mail to a peer, an event to a webhook.

RFC 5321 section 4.5.4.1 asks for giving up on mail after four to five days; the
early tries meet greylisting (RFC 6647), which opens within minutes. A webhook has
a short list of tries and then rests, visibly exhausted, until somebody resends it.

`spread`, from 0 to 1, lengthens a wait by up to a tenth, so that a restart does not
send the whole queue in the same second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MAIL_WAITS = tuple(timedelta(minutes=m) for m in (5, 10, 20, 40, 80, 180, 360))
MAIL_GIVE_UP_AFTER = timedelta(days=5)

# The wait before each try: the first goes out at once.
WEBHOOK_WAITS = (
    timedelta(0),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=8),
    timedelta(hours=16),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a failed attempt to deliver mail is tried again, and when no more."""

    waits: Sequence[timedelta] = MAIL_WAITS
    give_up_after: timedelta = MAIL_GIVE_UP_AFTER

    @property
    def overdue_after(self) -> timedelta:
        """When mail is given up that no try came for: one wait after the last try was due."""
        return self.give_up_after + max(self.waits)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The next try is due at `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The delivery has waited long enough."""

    waited: timedelta


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Every try of the schedule was made."""

    attempts: int


def next_try(
    attempts: int,
    queued_at: datetime,
    now: datetime,
    spread: float,
    *,
    waits: Sequence[timedelta] = MAIL_WAITS,
    give_up_after: timedelta = MAIL_GIVE_UP_AFTER,
) -> TryAgain | GiveUp:
    """Decide what follows the temporary failure of the delivery's attempt number `attempts`, from 1."""
    waited = now - queued_at
    if waited >= give_up_after:
        return GiveUp(waited)
    wait = waits[min(attempts, len(waits)) - 1]  # the last wait repeats
    return TryAgain(now + wait * (1 + spread / 10))


def next_post(
    attempts: int, now: datetime, spread: float, *, waits: Sequence[timedelta] = WEBHOOK_WAITS
) -> TryAgain | Exhausted:
    """Decide when the try after `attempts` tries is due; with none made, that is the first."""
    if attempts >= len(waits):
        return Exhausted(attempts)
    return TryAgain(now + waits[attempts] * (1 + spread / 10))
