"""The kill switch: a gate, not a state. Nothing resumes by itself.

What is paused keeps its place: the time of a pause counts neither towards giving up
nor towards expiry. Pauses of different scopes may overlap; their time counts once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

GATEWAY = "gateway"  # the target of a pause of everything


class PauseScope(StrEnum):
    """What a pause stops. A destination is a domain that mail goes to; the others are ours."""

    GATEWAY = "gateway"
    DOMAIN = "domain"
    AGENT = "agent"
    MAILBOX = "mailbox"
    DESTINATION = "destination"


@dataclass(frozen=True, slots=True)
class Pause:
    """`target` is the id of what is paused, the name of a destination, or "gateway"."""

    scope: PauseScope
    target: str
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PauseSpan:
    """A pause that is over."""

    target: str
    since: datetime
    until: datetime


def time_paused(spans: Iterable[tuple[datetime, datetime]], since: datetime, now: datetime) -> timedelta:
    """How much of the time from `since` to `now` lies within at least one of the spans."""
    total = timedelta(0)
    counted_to = since
    for begin, end in sorted(spans):
        begun, ended = max(begin, counted_to), min(end, now)
        if ended > begun:
            total += ended - begun
            counted_to = ended
    return total
