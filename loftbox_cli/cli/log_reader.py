"""Reading the delivery log from a place on, in commit order, and waiting for what comes next.

A place is the `seq` of an event: what is read stands after it. So nothing is missed
or read twice, whatever the daemon does meanwhile.
"""

import time
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from loftbox_cli.core.events import Event
from loftbox_cli.core.page import Page
from loftbox_cli.core.telling import Sentence, sentence
from loftbox_cli.services import events
from loftbox_cli.services.events import Wanted
from loftbox_cli.services.tx import EVERYTHING, Tx

if TYPE_CHECKING:
    from loftbox_cli.edge.store.store import SqliteStore

LOOK_EVERY = 0.25  # seconds; a look costs a few microseconds
AT_ONCE = 200


class LogReader:
    """The wanted events of one store."""

    def __init__(
        self, store: "SqliteStore", wanted: Wanted, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._store = store
        self._wanted = wanted
        self._sleep = sleep

    def place_of_newest(self, count: int) -> int:
        """The place that has the newest `count` events after it."""
        found = self._store.glance(events.page, Page(count), self._wanted, EVERYTHING).items
        return found[-1].seq - 1 if found else 0

    def place_at(self, at: datetime) -> int:
        """The place that has after it what happened since then."""
        return self._store.glance(events.seq_before, at, self._wanted, EVERYTHING)

    def tell(self, found: Collection[Event]) -> Iterator[tuple[datetime, Sentence]]:
        """Tell events in sentences, which know what a webhook carries."""
        posted = self._store.glance(events.notified, found)
        for event in found:
            yield event.created_at, sentence(event, notified=event.id in posted)

    def read(self, place: int, *, follow: bool = False) -> Iterator[list[Event]]:
        """Read on from a place, some events at once; with `follow` there is no end."""
        while True:
            found, place = self._store.glance(self._after, place)
            if found:
                yield found
            elif not follow:
                return
            else:
                while not self._store.changed_elsewhere():
                    self._sleep(LOOK_EVERY)

    def _after(self, tx: Tx, place: int) -> tuple[list[Event], int]:
        found = events.after(tx, place, AT_ONCE, self._wanted, EVERYTHING)
        # What is not wanted is not looked at again either.
        return found, found[-1].seq if found else max(place, events.last_seq(tx))
