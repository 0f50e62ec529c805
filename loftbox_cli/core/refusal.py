"""What the door refused, counted by hour, peer, domain and reason.

Strangers decide how often something is refused, so a refusal is a number and never
a row: one event tells of a whole hour, and an hour has a bounded number of keys.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

HOUR = timedelta(hours=1)
# Each key becomes an event in one transaction, which touches at most 500 rows.
MOST_KEYS = 400
OTHER = "other"  # the peer and domain of what found no key of its own
LONGEST_DOMAIN = 255  # octets, RFC 5321 section 4.5.3.1.2


class Reason(StrEnum):
    """Why something was refused; a code that programs may live by."""

    UNKNOWN_RECIPIENT = "unknown_recipient"
    RELAYING_DENIED = "relaying_denied"
    BAD_ADDRESS = "bad_address"
    NOT_ALLOWED = "not_allowed"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_MANY_MESSAGES = "too_many_messages"
    TOO_MANY_GUESSES = "too_many_guesses"
    TOO_MANY_RECIPIENTS = "too_many_recipients"
    TOO_MANY_ERRORS = "too_many_errors"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    BAD_CONTENT = "bad_content"
    LOOP = "loop"
    PROTOCOL = "protocol"
    NO_ROOM = "no_room"
    OUR_FAULT = "our_fault"


class Refused(NamedTuple):
    """What is counted together; `hour` counts hours since 1970."""

    hour: int
    peer: str
    domain: str
    reason: Reason

    @property
    def began_at(self) -> datetime:
        """When its hour began."""
        return datetime(1970, 1, 1, tzinfo=UTC) + self.hour * HOUR


class Refusals:
    """The counts of the hours that no event has told yet."""

    def __init__(self, counts: Mapping[Refused, int] | None = None, told: int = 0) -> None:
        """Go on with `counts`; `told` is the last hour that events have told."""
        self.counts = dict(counts or {})
        self._told = told

    def count(self, peer: str, domain: str, reason: Reason, now: datetime) -> None:
        """Count one refusal. A clock that steps back reopens no hour that was told."""
        hour = max(hour_of(now), self._told + 1)
        key = Refused(hour, peer, domain[:LONGEST_DOMAIN], reason)
        if key not in self.counts and len(self.counts) >= MOST_KEYS:
            key = Refused(hour, OTHER, OTHER, reason)
        self.counts[key] = self.counts.get(key, 0) + 1

    def over(self, now: datetime) -> dict[Refused, int]:
        """The counts of hours that are over, and can be told."""
        hour = hour_of(now)
        return {key: count for key, count in self.counts.items() if key.hour < hour}

    def forget(self, told: Mapping[Refused, int]) -> None:
        """Drop what events have told now."""
        for key in told:
            self._told = max(self._told, key.hour)
            del self.counts[key]

    @property
    def told(self) -> int:
        """The last hour that events have told."""
        return self._told


def hour_of(now: datetime) -> int:
    """The number of the hour, counted since 1970."""
    return int(now.timestamp()) // 3600


def words_for(key: Refused, count: int) -> str:
    """Say in one sentence what was refused in an hour."""
    about = f" for {key.domain}" if key.domain else ""
    return f"{count} from {key.peer}{about}: {key.reason.replace('_', ' ')}"
