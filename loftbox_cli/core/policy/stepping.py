"""When a mailbox that caused trouble comes under closer oversight.

Down it goes by itself, a step at a time; up only when a person says so. What was
counted before the last step counts no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.ids import MailboxId, MessageId
from loftbox_cli.core.mailbox import Oversight


class Trouble(StrEnum):
    """What speaks against letting a mailbox send by itself."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REJECTION = "rejection"


@dataclass(frozen=True, slots=True)
class Mark:
    """One trouble that a mailbox had, with the message that it was about."""

    id: str
    mailbox_id: MailboxId
    trouble: Trouble
    message_id: MessageId
    at: datetime


@dataclass(frozen=True, slots=True)
class Threshold:
    """So many within so long are too many."""

    count: int
    within: timedelta


THRESHOLDS = {
    Trouble.BOUNCE: Threshold(5, timedelta(days=1)),
    Trouble.COMPLAINT: Threshold(2, timedelta(days=7)),
    Trouble.REJECTION: Threshold(3, timedelta(days=1)),
}

STEPS = {
    Oversight.AUTONOMOUS: Oversight.MONITORED,
    Oversight.MONITORED: Oversight.SAMPLED,
    Oversight.SAMPLED: Oversight.GATED_SEND,
    Oversight.GATED_SEND: Oversight.GATED_ALL,
}


@dataclass(frozen=True, slots=True)
class StepDown:
    """The oversight that follows, and why."""

    oversight: Oversight
    why: str


@dataclass(frozen=True, slots=True)
class Stay:
    """Nothing follows: too little happened, or no step is below."""


def after_trouble(oversight: Oversight, marks: Sequence[Mark], now: datetime) -> StepDown | Stay:
    """Judge what a mailbox did since its oversight was last set."""
    below = STEPS.get(oversight)
    if below is None:
        return Stay()
    for trouble, threshold in THRESHOLDS.items():
        seen = sum(mark.trouble is trouble and now - mark.at < threshold.within for mark in marks)
        if seen >= threshold.count:
            days = threshold.within.days
            return StepDown(below, f"{seen} {trouble}s within {days} day{'s' if days > 1 else ''}")
    return Stay()
