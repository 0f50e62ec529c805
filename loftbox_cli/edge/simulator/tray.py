"""What has come in so far, for whoever waits for more of it."""

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Tray(Generic[T]):
    """Keeps items in the order in which they came."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._changed = asyncio.Condition()

    @property
    def items(self) -> tuple[T, ...]:
        """Everything so far."""
        return tuple(self._items)

    async def put(self, item: T) -> None:
        """Add an item and wake those who wait."""
        async with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    async def nth(self, number: int) -> T:
        """Wait for the item with this number, counted from one. Whoever calls sets the deadline."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._items) >= number)
            return self._items[number - 1]
