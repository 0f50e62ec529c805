"""The rows that a connection wrote or read a moment ago, so that the next verb need not read them again.

One message goes through the hands of six verbs between the door and its settling, and
all of them look at the same few rows. A connection that alone writes to the file knows
how these rows stand: as it left them. What another process commits, and what is rolled
back, makes it forget.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

MOST_OCTETS = 2 * 1024 * 1024  # of one table
_ROW = 1024  # octets of a row whose texts are empty


class Memory(Generic[T]):
    """The latest values of one table by their key; the oldest make room for others."""

    def __init__(self) -> None:
        self._rows: dict[Hashable, tuple[T, int]] = {}
        self._octets = 0

    def put(self, key: Hashable, value: T, texts: int) -> None:
        """Remember a value whose texts have so many octets, unless it is too large for that."""
        self.drop(key)
        octets = texts + _ROW
        if octets > MOST_OCTETS // 16:
            return
        self._rows[key] = value, octets
        self._octets += octets
        while self._octets > MOST_OCTETS:
            self.drop(next(iter(self._rows)))

    def get(self, key: Hashable) -> T | None:
        """The value with this key, or None when it is not known here."""
        row = self._rows.get(key)
        return None if row is None else row[0]

    def drop(self, key: Hashable) -> None:
        """Forget one."""
        _, octets = self._rows.pop(key, (None, 0))
        self._octets -= octets

    def forget(self) -> None:
        """Forget all."""
        self._rows.clear()
        self._octets = 0
