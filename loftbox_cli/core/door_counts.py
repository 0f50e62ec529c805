"""What the door counts: sessions now, what it took and refused in each minute, and why.

The daemon writes the counts down as one fact whenever they changed, so that
`loftbox status` can show them and a restart goes on with them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.refusal import Reason, Refusals, Refused

MINUTES = 60
_ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class DoorStanding:
    """The counts at one moment: the last full minute, and the last hour with this minute."""

    sessions: int
    accepted_last_minute: int
    accepted_last_hour: int
    refused_last_minute: int
    refused_last_hour: int
    refused_by_reason: Mapping[str, int]  # of the last hour


class DoorCounts:
    """Counts of one door. `changed` says that they are not yet written down."""

    def __init__(
        self, refusals: Refusals | None = None, minutes: Mapping[int, Mapping[str, int]] | None = None
    ) -> None:
        self.refusals = refusals or Refusals()
        self.sessions = 0
        self.changed = True
        self._minutes = {minute: dict(counts) for minute, counts in (minutes or {}).items()}

    def come(self) -> None:
        """Count a session that began."""
        self.sessions += 1
        self.changed = True

    def go(self) -> None:
        """Count a session that ended."""
        self.sessions -= 1
        self.changed = True

    def accepted(self, now: datetime) -> None:
        """Count a message that was answered with 250."""
        self._count(_ACCEPTED, now)

    def refused(self, peer: str, domain: str, reason: Reason, now: datetime) -> None:
        """Count something that was not taken."""
        self._count(reason, now)
        self.refusals.count(peer, domain, reason, now)

    def spelled(self, telling: Mapping[Refused, int]) -> str:
        """Write everything down as JSON but for the refusals that events tell in the same commit."""
        self.changed = False
        refused = self.refusals.counts.items()
        told = max((key.hour for key in telling), default=0)
        return json.dumps(
            {
                "sessions": self.sessions,
                "minutes": {str(minute): counts for minute, counts in self._minutes.items()},
                "refused": [[*key, count] for key, count in refused if key not in telling],
                "told": max(told, self.refusals.told),
            }
        )

    def standing(self, now: datetime) -> DoorStanding:
        """Sum up for who looks now."""
        this = _minute_of(now)
        hour: dict[str, int] = {}
        for minute, counts in self._minutes.items():
            if this - MINUTES < minute <= this:
                for what, count in counts.items():
                    hour[what] = hour.get(what, 0) + count
        last = dict(self._minutes.get(this - 1, {}))
        accepted, taken = hour.pop(_ACCEPTED, 0), last.pop(_ACCEPTED, 0)
        return DoorStanding(
            sessions=self.sessions,
            accepted_last_minute=taken,
            accepted_last_hour=accepted,
            refused_last_minute=sum(last.values()),
            refused_last_hour=sum(hour.values()),
            refused_by_reason=dict(sorted(hour.items())),
        )

    def _count(self, what: str, now: datetime) -> None:
        minute = _minute_of(now)
        counts = self._minutes.get(minute)
        if counts is None:
            counts = self._minutes[minute] = {}
            for old in [each for each in self._minutes if not minute - MINUTES < each <= minute]:
                del self._minutes[old]
        counts[what] = counts.get(what, 0) + 1
        self.changed = True


def read_counts(text: str) -> DoorCounts:
    """Go on with what `DoorCounts.spelled` wrote; "" is a new start."""
    if not text:
        return DoorCounts()
    found = json.loads(text)
    refused = {
        Refused(hour, peer, domain, Reason(reason)): count
        for hour, peer, domain, reason, count in found["refused"]
    }
    minutes = {int(minute): counts for minute, counts in found["minutes"].items()}
    counts = DoorCounts(Refusals(refused, found["told"]), minutes)
    counts.sessions = found["sessions"]
    return counts


def _minute_of(now: datetime) -> int:
    return int(now.timestamp()) // 60
