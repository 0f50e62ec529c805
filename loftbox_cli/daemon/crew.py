"""The tasks that a loop has running, counted by where they go."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

# A task that waits for a silent peer as long gives up its slot, and goes on waiting beside the others.
PATIENCE = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class _Begun:
    at: float
    harmless_to_stop: Callable[[], bool]


class Crew:
    """At most `size` tasks that are quick, `beside` more that wait; at most `each` to one place."""

    def __init__(
        self,
        size: int,
        each: int,
        ended: Callable[[], None],
        *,
        beside: int = 0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        """Make an empty crew; `ended` is called whenever a task has ended and a slot is free again.

        `clock` tells seconds; without one it is the event loop's.
        """
        self._size = size
        self._each = each
        self._ended = ended
        self._beside = beside
        self._clock = clock or asyncio.get_running_loop().time
        self._places: Counter[str] = Counter()
        self.tasks: dict[asyncio.Task[None], _Begun] = {}  # the oldest first

    def __len__(self) -> int:
        """How many run."""
        return len(self.tasks)

    @property
    def free(self) -> int:
        """How many more may start."""
        running = len(self.tasks)
        if running < self._size or not self._beside:
            return self._size - running
        late = self._clock() - PATIENCE
        waiting = sum(1 for _ in takewhile(lambda begun: begun.at <= late, self.tasks.values()))
        return max(0, min(self._size - (running - waiting), self._size + self._beside - running))

    @property
    def frees_in(self) -> float | None:
        """Seconds until a task gives up its slot, although it goes on; None when none will."""
        late = self._clock() - PATIENCE
        if not self._beside or len(self.tasks) >= self._size + self._beside:
            return None
        return next((begun.at - late for begun in self.tasks.values() if begun.at > late), None)

    @property
    def busy(self) -> frozenset[str]:
        """The places that are full."""
        return frozenset(place for place, count in self._places.items() if count >= self._each)

    @property
    def each(self) -> int:
        """How many may start for any one place that is not full."""
        return self._each - max((count for count in self._places.values() if count < self._each), default=0)

    def start(
        self, place: str, work: Coroutine[Any, Any, None], *, harmless_to_stop: Callable[[], bool]
    ) -> None:
        """Start a task for this place."""
        self._places[place] += 1
        task = asyncio.get_running_loop().create_task(work)
        self.tasks[task] = _Begun(self._clock(), harmless_to_stop)

        def ended(task: asyncio.Task[None]) -> None:
            del self.tasks[task]
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]
            self._ended()

        task.add_done_callback(ended)

    async def rest(self, seconds: float) -> None:
        """Stop what is harmless to stop, wait for the others, then cancel what is left."""
        for task, begun in list(self.tasks.items()):
            if begun.harmless_to_stop():
                task.cancel()
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=seconds)
        left = set(self.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
