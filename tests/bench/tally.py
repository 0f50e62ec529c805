"""Counting what arrives, and waiting until so much has."""

import asyncio
import math
from collections.abc import Sequence


class Tally:
    """How much has arrived. `reached` is for one task at a time."""

    def __init__(self) -> None:
        self.count = 0
        self._wanted = 0
        self._reached: asyncio.Future[float] | None = None

    def add(self, more: int) -> None:
        """Count what arrives at this moment."""
        self.count += more
        if self._reached is not None and not self._reached.done() and self.count >= self._wanted:
            self._reached.set_result(asyncio.get_running_loop().time())

    async def reached(self, wanted: int) -> float:
        """Wait until there are so many, and answer the loop's time at which the last of them came."""
        self._wanted = wanted
        self._reached = asyncio.get_running_loop().create_future()
        self.add(0)
        return await self._reached


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]
