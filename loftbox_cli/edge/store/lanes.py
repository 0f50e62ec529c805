"""Which deliveries may go: the oldest first, and no destination in the way of another.

Mostly the answer lies among the oldest rows that are due. Where those all wait for busy
destinations, one step of the index leads from each destination to the next, so that
twenty thousand messages for one slow place cost as much as one.
"""

# ruff: noqa: S608 - built from constants of this file, and never from what a caller says

import json
from collections import deque
from collections.abc import Collection, Iterator
from datetime import datetime

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.pacing import Hand, Lane, Slots
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.edge.store.codec import from_micros, to_micros
from loftbox_cli.edge.store.shelf import Connection, TableShelf

# How many of the oldest rows are looked at before the destinations are asked one by one.
WINDOW = 50
# How many destinations are remembered when they were asked: the slots of many looks to come.
AHEAD = 200

_WAITING = "state IN ('queued', 'uncertain')"

PAUSED_MAILBOXES = """SELECT mailboxes.id FROM pauses CROSS JOIN mailboxes
    ON target IN ('gateway', mailboxes.id, mailboxes.domain_id, mailboxes.agent_id)"""
PAUSED_DESTINATIONS = "SELECT target FROM pauses WHERE scope = 'destination'"

OLDEST = f"""SELECT next_at, domain_id, destination, mailbox_id, id FROM deliveries
    WHERE {_WAITING} ORDER BY next_at LIMIT {WINDOW}"""

_FIRST = f"""SELECT next_at FROM deliveries
    WHERE {_WAITING} AND destination = lane.name AND mailbox_id NOT IN ({PAUSED_MAILBOXES})
    ORDER BY next_at LIMIT 1"""

LANES = f"""WITH RECURSIVE lane(name) AS (
    SELECT min(destination) FROM deliveries WHERE {_WAITING}
    UNION ALL
    SELECT (SELECT min(destination) FROM deliveries WHERE {_WAITING} AND destination > lane.name)
    FROM lane WHERE lane.name IS NOT NULL)
    SELECT name, first FROM (
        SELECT name, ({_FIRST}) AS first FROM lane
        WHERE name IS NOT NULL AND name NOT IN (SELECT value FROM json_each(:busy))
          AND name NOT IN ({PAUSED_DESTINATIONS})
        LIMIT -1 OFFSET 0)
    WHERE first IS NOT NULL ORDER BY first LIMIT :most"""

OF_LANE = f"""SELECT domain_id, id FROM deliveries
    WHERE {_WAITING} AND destination = :name AND next_at <= :now AND mailbox_id NOT IN ({PAUSED_MAILBOXES})
    ORDER BY next_at LIMIT :most"""

TO_LOOK_AT = f"""WHERE {_WAITING} AND look_at <= :now AND mailbox_id NOT IN ({PAUSED_MAILBOXES})
    AND destination NOT IN ({PAUSED_DESTINATIONS}) ORDER BY look_at LIMIT :most"""

UNSETTLED = f"""rowid IN (SELECT rowid FROM deliveries WHERE {_WAITING}
    UNION ALL SELECT rowid FROM deliveries WHERE state = 'sending')"""


class Lanes:
    """The deliveries that wait, by destination."""

    def __init__(self, connection: Connection, deliveries: TableShelf[Delivery]) -> None:
        self._connection = connection
        self._deliveries = deliveries
        self._ahead: deque[str] = deque()

    def take(self, now: datetime, slots: Slots) -> list[Delivery]:
        """The deliveries that get the slots."""
        hand = Hand(slots)
        picked: list[str] = []
        passed_over: set[Lane] = set()
        oldest = _Oldest(self._connection)
        latest = to_micros(now)
        for at, lane, name in oldest:
            if hand.left == 0 or at > latest:
                break
            if lane in passed_over:
                continue
            if hand.take(lane):
                picked.append(name)
            else:
                passed_over.add(lane)
        if oldest.cut_short and hand.left:
            full = slots.full | {lane.destination for lane in passed_over}
            picked += self._from_each(now, full, hand, set(picked))
        # One by one, so that the shelf knows them, and a change of one writes no more than has changed.
        return [self._deliveries.get(name) for name in picked]

    def next_at(self, slots: Slots) -> datetime | None:
        """When the next delivery may go for which there is a slot."""
        hand = Hand(slots)
        oldest = _Oldest(self._connection)
        for at, lane, _ in oldest:
            if hand.room(lane) > 0:
                return from_micros(at)
        if oldest.cut_short:
            for _, first in self._lanes(slots.full, 1):
                return from_micros(first)
        return None

    def to_look_at(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries to which time has done something."""
        return self._deliveries.query(TO_LOOK_AT, {"now": to_micros(now), "most": limit})

    def waiting(self, page: Page, **where: object) -> PageOf[Delivery]:
        """One page of the deliveries that are not settled."""
        return self._deliveries.page(page, UNSETTLED, **where)

    def _from_each(self, now: datetime, full: Collection[str], hand: Hand, picked: set[str]) -> Iterator[str]:
        """Go on from destination to destination; each is asked again, so that the list may be old."""
        refilled = False
        while hand.left:
            if not self._ahead:
                if refilled:
                    return
                refilled = True
                found = self._lanes(full, AHEAD)
                self._ahead.extend(name for name, first in found if first <= to_micros(now))
                if not self._ahead:
                    return
            destination = self._ahead.popleft()
            if destination in full:
                continue
            wanted = {"name": destination, "now": to_micros(now), "most": hand.left}
            for domain_id, name in self._connection.execute(OF_LANE, wanted):
                # A destination from the old list may stand in the new one as well.
                if name not in picked and hand.take(Lane(domain_id, destination)):
                    picked.add(name)
                    yield name

    def _lanes(self, busy: Collection[str], limit: int) -> list[tuple[str, int]]:
        """The destinations to which something may go, each with its oldest due time."""
        found: list[tuple[str, int]] = self._connection.execute(
            LANES, {"busy": listed(busy), "most": limit}
        ).fetchall()
        return found


class _Oldest:
    """Walks through the oldest rows, paused ones left out. `cut_short` says that there may be more."""

    def __init__(self, connection: Connection) -> None:
        self._rows = connection.execute(OLDEST, {})
        self._mailboxes = {row[0] for row in connection.execute(PAUSED_MAILBOXES, {})}
        self._destinations = {row[0] for row in connection.execute(PAUSED_DESTINATIONS, {})}
        self.cut_short = False

    def __iter__(self) -> Iterator[tuple[int, Lane, str]]:
        """The due time, the lane and the id of each."""
        for seen, (at, domain_id, destination, mailbox_id, name) in enumerate(self._rows, 1):
            self.cut_short = seen == WINDOW
            if mailbox_id not in self._mailboxes and destination not in self._destinations:
                yield at, Lane(domain_id, destination), name


def listed(names: Collection[str]) -> str:
    """Names as the JSON array that json_each reads."""
    return json.dumps(sorted(names))
