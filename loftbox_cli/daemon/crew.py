"""The tasks that a loop has running, counted by where they go."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any


class Crew:
    """At most `size` tasks at once, at most `each` to one place."""

    def __init__(self, size: int, each: int, ended: Callable[[], None]) -> None:
        """Make an empty crew; `ended` is called whenever a task has ended and a slot is free again."""
        self._size = size
        self._each = each
        self._ended = ended
        self._places: Counter[str] = Counter()
        self.tasks: dict[asyncio.Task[None], Callable[[], bool]] = {}

    @property
    def free(self) -> int:
        """How many more may start."""
        return self._size - len(self.tasks)

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
        self.tasks[task] = harmless_to_stop

        def ended(task: asyncio.Task[None]) -> None:
            del self.tasks[task]
            self._places[place] -= 1
            if not self._places[place]:
                del self._places[place]
            self._ended()

        task.add_done_callback(ended)

    async def rest(self, seconds: float) -> None:
        """Stop what is harmless to stop, wait for the others, then cancel what is left."""
        for task, harmless in list(self.tasks.items()):
            if harmless():
                task.cancel()
        if self.tasks:
            await asyncio.wait(set(self.tasks), timeout=seconds)
        left = set(self.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
