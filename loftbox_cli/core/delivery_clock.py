"""What time alone does to a delivery that waits: it is late, it expires, it is given up.

RFC 5321 section 4.5.4.1 asks for giving up after four to five days, and a sender wants
to know of a delay long before. A notice is told twice and no more, however often the
delivery is tried: after a quarter of an hour, which greylisting (RFC 6647) takes, and
after four hours. Time in which a pause held the delivery counts for nothing here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from loftbox_cli.core.delivery import Delivery

DELAYED_AFTER = (timedelta(minutes=15), timedelta(hours=4))


@dataclass(frozen=True, slots=True)
class Waits:
    """Nothing happens before `look_at`."""

    look_at: datetime


@dataclass(frozen=True, slots=True)
class Delayed:
    """The sender is told, for the `told`th time, that the delivery takes `waited` so far."""

    told: int
    waited: timedelta
    look_at: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """The sender did not want it delivered later than this."""

    waited: timedelta


@dataclass(frozen=True, slots=True)
class Overdue:
    """It has waited longer than any mail is tried, and no try came that could have said so."""

    waited: timedelta


def waited(delivery: Delivery, paused: timedelta, now: datetime) -> timedelta:
    """How long a delivery has waited, without the time in which a pause held it."""
    return max(timedelta(0), now - delivery.queued_at - paused)


def expired(delivery: Delivery, paused: timedelta, now: datetime) -> bool:
    """Whether the time is over that the sender gave it."""
    return delivery.expires_at is not None and now >= delivery.expires_at + paused


def pass_time(
    delivery: Delivery, paused: timedelta, *, overdue_after: timedelta, now: datetime
) -> Waits | Delayed | Expired | Overdue:
    """Say what time has done to a waiting delivery that was paused for so long in all.

    `overdue_after` lies one wait beyond the span after which a failed try is the last:
    whoever is tried in time is judged by that try.
    """
    so_far = waited(delivery, paused, now)
    if expired(delivery, paused, now):
        return Expired(so_far)
    if so_far >= overdue_after:
        return Overdue(so_far)
    told = sum(so_far >= span for span in DELAYED_AFTER)
    moments = [delivery.queued_at + span for span in (*DELAYED_AFTER[told:], overdue_after)]
    if delivery.expires_at is not None:
        moments.append(delivery.expires_at)
    look_at = min(moments) + paused
    if told > delivery.delays_told:
        return Delayed(told, so_far, look_at)
    return Waits(look_at)
