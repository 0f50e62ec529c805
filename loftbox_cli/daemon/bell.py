"""Wakes the loops when there is something for them in the store, whoever put it there."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from loftbox_cli.services.tx import Queue

REST = 30.0  # seconds without a ring, after which a loop looks by itself
SOONEST = 0.25  # seconds before a loop looks again at what is overdue and could not be taken
TOGETHER = 0.005  # seconds in which slots that come free are counted as one change


class Bell:
    """Counts changes; who waits names the count that it saw, so that no ring is missed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._coming = self._soon = False
        self._waiting: set[asyncio.Future[None]] = set()
        self.rung = 0

    def ring_from_thread(self) -> None:
        """Ring from the writer's thread; rings that pile up become one."""
        if not self._coming and not self._loop.is_closed():
            self._coming = True
            self._loop.call_soon_threadsafe(self.ring)

    def ring_soon(self) -> None:
        """Ring in a moment, once for all who ask within it: what they bring is taken in one commit."""
        if not self._soon:
            self._soon = True
            self._loop.call_later(TOGETHER, self.ring)

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._coming = self._soon = False
        self.rung += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)
        self._waiting.clear()

    async def wait(self, seen: int, seconds: float) -> None:
        """Return when there was a ring after the count `seen`, or after so many seconds."""
        if seen != self.rung or seconds <= 0:
            await asyncio.sleep(0)
            return
        future = self._loop.create_future()
        self._waiting.add(future)
        try:
            # Not wait_for: up to Python 3.11 it forgets a cancellation that comes together with the ring,
            # and a loop that was told to stop would go on.
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            pass
        finally:
            self._waiting.discard(future)


class Bells:
    """One bell for each loop, so that it wakes for its own news only, and one for any news at all."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.any = Bell(loop)
        self.queues = {queue: Bell(loop) for queue in Queue}

    def filled(self, queue: Queue) -> None:
        """Tell, from the writer's thread, that something was put into a queue."""
        self.queues[queue].ring_from_thread()

    def ring(self) -> None:
        """Wake everybody."""
        for bell in (self.any, *self.queues.values()):
            bell.ring()


def rest(next_at: datetime | None, now: datetime) -> float:
    """Seconds until the next row is due, in which a loop that is not rung for may rest."""
    if next_at is None:
        return REST
    return min(REST, max(SOONEST, (next_at - now).total_seconds()))


async def watch(bells: Bells, changed_elsewhere: Callable[[], bool], every: float) -> None:
    """Ring for what other processes commit, such as a command that approves."""
    while True:
        await asyncio.sleep(every)
        if changed_elsewhere():
            bells.ring()
