"""What the deliver loop knows of the sites that it carries to: how much is under way, how much they bear.

The decisions are those of `core/pacing.py`; here is only what has to be remembered for
them. Rests stand in the store, where a person can see and end them and the next start
finds them. The pace of a site is learnt again in a few messages.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.delivery import Delivery, words_of
from loftbox_cli.core.pacing import BEGIN, Lane, Pace, Rest, Slots, after, seen_in
from loftbox_cli.core.report import Report

MOST_LANES = 20_000  # whose sites are remembered
MOST_PACES = 20_000  # a pace that was forgotten is learnt again in a few messages
MOST_NAMED = 200  # destinations that a rest names


class Traffic:
    """The sites, as one daemon came to know them. No site ever gets more than `cap` deliveries at once."""

    def __init__(self, cap: int) -> None:
        """Know nothing yet."""
        self._cap = cap
        self._paces: dict[str, Pace] = {}
        self._under_way: Counter[str] = Counter()
        self._site_of: dict[Lane, str] = {}  # replaced, never changed: the writer's thread reads it
        self._known: frozenset[str] = frozenset()  # the destinations among them
        self._not_kept: dict[str, Rest] = {}
        self._resting: set[str] = set()

    def slots(self, free: int, rests: Collection[Rest], now: datetime) -> Slots:
        """What may begin; `rests` are those that the store has."""
        room = {site: self._pace(site).at_once - count for site, count in self._under_way.items()}
        for site, pace in self._paces.items():
            if pace.at_once < BEGIN and site not in room:
                room[site] = pace.at_once
        self._end_rests({rest.site for rest in rests} | self._not_kept.keys())
        site_of = self._site_of
        for rest in (*rests, *self._not_kept.values()):
            if rest.until > now:
                self._resting.add(rest.site)
                room[rest.site] = 0
                # At a start this is all that is known of where these destinations lead to.
                room |= {name: 0 for name in rest.destinations if name not in self._known}
        return Slots(max(0, free), min(BEGIN, self._cap), site_of, room)

    def _end_rests(self, resting: Collection[str]) -> None:
        """A rest that the store has no more is over: its time came, or a person ended it."""
        for site in self._resting.difference(resting):
            self._resting.discard(site)
            if pace := self._paces.get(site):
                self._paces[site] = replace(pace, resting_until=None)

    def begins(self, delivery: Delivery) -> str:
        """Note that a delivery is under way; answers the site for which it counts until more is known."""
        lane = lane_of(delivery)
        site = self._site_of.get(lane, lane.destination)
        self._under_way[site] += 1
        return site

    def joins(self, delivery: Delivery, counted_for: str, site: str) -> bool:
        """Learn which site a delivery leads to, and say whether the site takes one more.

        What counted as a site of its own may lead to one that is full or rests.
        """
        lane = lane_of(delivery)
        if self._site_of.get(lane) != site:
            kept = dict(list(self._site_of.items())[-MOST_LANES + 1 :])
            self._site_of = {**kept, lane: site}
            self._known = frozenset(each.destination for each in self._site_of)
        if site == counted_for:
            return True
        return site not in self._resting and self._under_way[site] < self._pace(site).at_once

    def moves(self, counted_for: str, site: str) -> str:
        """Count a delivery for another site from here on; answers that site."""
        self._under_way[site] += 1
        self.ends(counted_for)
        return site

    def ends(self, counted_for: str) -> None:
        """Note that a delivery is under way no more."""
        self._under_way[counted_for] -= 1
        if not self._under_way[counted_for]:
            del self._under_way[counted_for]

    def saw(self, site: str, report: Report, now: datetime) -> Rest | None:
        """Learn from an attempt; answers the rest that the site is given from here on, if any."""
        before = self._pace(site)
        words = words_of(report)
        pace = after(before, seen_in(report), words, cap=self._cap, now=now)
        self._paces.pop(site, None)
        if pace != Pace():
            self._paces[site] = pace
            self._forget_some()
        if pace.resting_until is None or pace.resting_until == before.resting_until:
            return None
        rest = Rest(site, self._behind(site), now, pace.resting_until, words)
        self._not_kept[site] = rest
        self._resting.add(site)
        return rest

    def _forget_some(self) -> None:
        """Let the site go that was not heard of for the longest time, unless it gives trouble."""
        if len(self._paces) > MOST_PACES:
            calm = (
                site for site, pace in self._paces.items() if pace.at_once >= BEGIN and not pace.unreachable
            )
            del self._paces[next(calm, next(iter(self._paces)))]

    def kept(self, rest: Rest) -> None:
        """Note that the store has it: from here on the store says whether the site rests."""
        if self._not_kept.get(rest.site) == rest:
            del self._not_kept[rest.site]

    def _pace(self, site: str) -> Pace:
        return self._paces.get(site) or Pace(most=min(BEGIN, self._cap))

    def _behind(self, site: str) -> tuple[str, ...]:
        names = {lane.destination for lane, known in self._site_of.items() if known == site}
        return tuple(sorted(names)[:MOST_NAMED]) or (site,)


def lane_of(delivery: Delivery) -> Lane:
    """The lane in which a delivery waits."""
    return Lane(delivery.domain_id, delivery.destination)
