"""When a message is to leave, and until when anybody wants it.

A span runs from the moment in which the message was taken. What is not delivered
within it ends there, wherever it waits: for a person, for its time, or in the queue.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.errors import BadInput

FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Timing:
    """`scheduled_at` is None for at once, `expires_at` None for never."""

    scheduled_at: datetime | None = None
    expires_at: datetime | None = None


AT_ONCE = Timing()


def timing(*, scheduled_at: datetime | None, expires_after: timedelta | None, now: datetime) -> Timing:
    """Check both times; raises BadInput. What was to leave by now leaves at once."""
    if scheduled_at is not None and scheduled_at <= now:
        scheduled_at = None
    if scheduled_at is not None and scheduled_at - now > FURTHEST:
        raise BadInput(
            f"a message waits for at most {FURTHEST.days} days",
            fix="schedule it for an earlier day",
            field="scheduled_at",
        )
    if expires_after is None:
        return Timing(scheduled_at)
    if not timedelta(0) < expires_after <= FURTHEST:
        raise BadInput(
            f"{spell_duration(expires_after)} is no time in which a message could be delivered",
            fix=f"name a span of up to {FURTHEST.days} days, such as 2h",
            field="expires_after",
        )
    expires_at = now + expires_after
    if scheduled_at is not None and expires_at <= scheduled_at:
        raise BadInput(
            "the message would expire before it leaves",
            fix="name a longer span in expires_after; it begins when the message is taken",
            field="expires_after",
        )
    return Timing(scheduled_at, expires_at)
