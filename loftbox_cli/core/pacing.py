"""How fast mail goes to one site, and when it rests: decided by what the site says.

A site is what shares limits: the set of MX hosts behind one or many domains, or a
smarthost. It begins with a few deliveries at once; each success adds a little, and an
answer of the class *rate* halves the number and lets the site rest for the time that
its words ask for. A site that does not answer three times in a row rests longer and
longer, and after each rest a single delivery asks whether it is back. (Postfix's
SCHEDULER_README describes the feedback; RFC 5321 section 4.5.4.1 the retries.)
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.response_class import classify

BEGIN = 2  # deliveries at once to a site of which we know nothing
DEAD_AFTER = 3  # failures to connect, one after another
DEAD_RESTS = tuple(timedelta(minutes=m) for m in (5, 10, 20, 40, 60))  # the last one repeats

# What providers say when they want to be left alone, and for how long; the first that fits counts.
SLOW_DOWNS = (
    ("unusual rate", timedelta(minutes=30)),  # Gmail 4.7.28
    ("receiving mail at a rate", timedelta(minutes=10)),  # Gmail 4.2.1, for one account
    ("[tss04]", timedelta(minutes=30)),  # Yahoo
    ("[ts03]", timedelta(minutes=60)),
    ("[ts02]", timedelta(minutes=15)),
    ("[ts01]", timedelta(minutes=15)),
    ("4.7.650", timedelta(minutes=15)),  # Microsoft
    ("4.7.500", timedelta(minutes=15)),
    ("rp-001", timedelta(minutes=15)),
    ("rp-002", timedelta(minutes=15)),
    ("rp-003", timedelta(minutes=15)),
    ("too many connections", timedelta(minutes=1)),
    ("too many concurrent", timedelta(minutes=1)),
)
SLOW_DOWN = timedelta(minutes=2)  # when the words name no reason


class Seen(StrEnum):
    """What one attempt says about its site."""

    TAKEN = "taken"
    RATE = "rate"
    UNREACHABLE = "unreachable"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Rest:
    """A site that is left alone until a time; `destinations` are the domains known to lie behind it."""

    site: str
    destinations: tuple[str, ...]
    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of a site. `most` is how many deliveries at once it takes, as it grows."""

    most: float = BEGIN
    unreachable: int = 0  # times in a row
    rests: int = 0  # in which it stayed unreachable
    resting_until: datetime | None = None

    @property
    def at_once(self) -> int:
        """How many deliveries at once."""
        return max(1, int(self.most))


def seen_in(report: Report) -> Seen:
    """Read what an attempt says about the site. A refused recipient says nothing about it."""
    if report.said is not None:
        code = report.said.code
        if code // 100 == 2:
            return Seen.TAKEN
        asked = classify(code, report.said.enhanced, report.said.text).asks_to_slow_down
        # RFC 5321 section 3.8: with 421 a server says that it takes nothing at all for now.
        return Seen.RATE if code // 100 == 4 and (asked or code == 421) else Seen.NOTHING
    if report.stage in (Stage.ROUTE, Stage.CONNECT, Stage.GREETING) and not report.hopeless:
        return Seen.UNREACHABLE
    return Seen.NOTHING


def after(pace: Pace, seen: Seen, words: str, *, cap: int, now: datetime) -> Pace:
    """What an attempt makes of the pace of its site, which never goes over `cap`."""
    match seen:
        case Seen.TAKEN:
            return replace(pace, most=min(cap, pace.most + 1 / pace.at_once), unreachable=0, rests=0)
        case Seen.RATE:
            # What was under way when the site complained says it again: that is one complaint.
            if pace.resting_until is not None and now < pace.resting_until:
                return replace(pace, unreachable=0)
            until = now + slow_down(words)
            return replace(pace, most=max(1, pace.most / 2), unreachable=0, resting_until=until)
        case Seen.UNREACHABLE:
            return _unreachable(pace, now)
        case Seen.NOTHING:
            return replace(pace, unreachable=0)


def _unreachable(pace: Pace, now: datetime) -> Pace:
    resting = pace.resting_until is not None and now < pace.resting_until
    failed = replace(pace, unreachable=pace.unreachable + 1)
    # After a rest one failure is enough: the site was asked whether it is back.
    if resting or (failed.unreachable < DEAD_AFTER and not pace.rests):
        return failed
    rest = DEAD_RESTS[min(pace.rests, len(DEAD_RESTS) - 1)]
    return replace(failed, most=1, rests=pace.rests + 1, resting_until=now + rest)


def slow_down(words: str) -> timedelta:
    """How long a site wants to be left alone, by its own words."""
    said = words.lower()
    return next((rest for part, rest in SLOW_DOWNS if part in said), SLOW_DOWN)


class Lane(NamedTuple):
    """Mail from one of our domains to one destination: all of it takes the same route."""

    domain_id: str
    destination: str


@dataclass(frozen=True, slots=True)
class Slots:
    """How many deliveries may begin: in all, and to each site.

    `site_of` names the site of each lane whose route is known; until then a
    destination is a site of its own. `room` is what is left of a site, where it is
    not simply `each`.
    """

    free: int
    each: int = BEGIN
    site_of: Mapping[Lane, str] = field(default_factory=dict)
    room: Mapping[str, int] = field(default_factory=dict)

    def site(self, lane: Lane) -> str:
        """The site that a lane leads to."""
        return self.site_of.get(lane, lane.destination)

    @property
    def full(self) -> frozenset[str]:
        """The destinations to which nothing may begin now, from whichever domain."""
        shut = {site for site, room in self.room.items() if room <= 0}
        known = {lane.destination for lane in self.site_of}
        open_ = {lane.destination for lane, site in self.site_of.items() if site not in shut}
        return frozenset((shut | known) - open_)


class Hand:
    """Takes slots one by one for lanes, in the order in which it is asked."""

    def __init__(self, slots: Slots) -> None:
        """Begin with all of them free."""
        self._slots = slots
        self._taken: Counter[str] = Counter()
        self.left = slots.free

    def room(self, lane: Lane) -> int:
        """How many of them this lane may have."""
        site = self._slots.site(lane)
        return min(self.left, self._slots.room.get(site, self._slots.each) - self._taken[site])

    def take(self, lane: Lane) -> bool:
        """Take a slot, if there is one for this lane."""
        if self.room(lane) <= 0:
            return False
        self._taken[self._slots.site(lane)] += 1
        self.left -= 1
        return True
