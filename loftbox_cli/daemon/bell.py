"""Wakes the loops when something changed in the store, whoever changed it."""

import asyncio
from collections.abc import Callable

REST = 30.0  # seconds without a ring, after which a loop looks by itself


class Bell:
    """Counts changes; who waits names the count that it saw, so that no ring is missed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._coming = False
        self._waiting: set[asyncio.Future[None]] = set()
        self.rung = 0

    def ring_from_thread(self) -> None:
        """Ring from the writer's thread; rings that pile up become one."""
        if not self._coming and not self._loop.is_closed():
            self._coming = True
            self._loop.call_soon_threadsafe(self.ring)

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._coming = False
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


async def watch(bell: Bell, changed_elsewhere: Callable[[], bool], every: float) -> None:
    """Ring for what other processes commit, such as a command that approves."""
    while True:
        await asyncio.sleep(every)
        if changed_elsewhere():
            bell.ring()
