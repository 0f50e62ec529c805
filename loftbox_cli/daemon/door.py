"""Writes down what the door for mail has counted, and tells the refusals of each hour that is over."""

import asyncio
import contextlib

from loftbox_cli.core.errors import TryLater
from loftbox_cli.daemon.patience import persist
from loftbox_cli.services import accept
from loftbox_cli.wiring.rooms import Doors, Rooms

EVERY = 5.0  # seconds; a crash forgets no more than these


async def keep_counts(rooms: Rooms, doors: Doors) -> None:
    """Write the counts down while they change, for ever."""
    refusals = doors.counts.refusals
    while True:
        now = rooms.clock.now()
        over = refusals.over(now)
        if over or doors.counts.changed:
            words = doors.counts.spelled(telling=over)
            request_id = doors.new_request_id()
            await persist(rooms.store, accept.note_counts, words, over, request_id=request_id, now=now)
            refusals.forget(over)
        await asyncio.sleep(EVERY)


async def note_last_counts(rooms: Rooms, doors: Doors) -> None:
    """Write the counts down once more, at the end; a store that takes nothing keeps nobody from stopping."""
    now = rooms.clock.now()
    over = doors.counts.refusals.over(now)
    words = doors.counts.spelled(telling=over)
    with contextlib.suppress(TryLater):
        await rooms.store.write_soon(
            accept.note_counts, words, over, request_id=doors.new_request_id(), now=now
        )
