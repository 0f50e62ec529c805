"""The values of one kind, as the verbs see them."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from loftbox_cli.core.page import Page, PageOf

T = TypeVar("T")


class Shelf(Protocol[T]):
    """The values of one kind; `where` compares fields for equality."""

    def add(self, value: T) -> None:
        """Put a new value there; raises AlreadyExists when its name or key is taken."""
        ...

    def add_all(self, values: Sequence[T]) -> None:
        """Put several new values there at once; raises AlreadyExists likewise."""
        ...

    def save(self, value: T) -> None:
        """Write a value that is already there."""
        ...

    def remove(self, **where: object) -> int:
        """Take away what fits, and say how many that were."""
        ...

    def get(self, key: str) -> T:
        """The value with this key; raises NotFound."""
        ...

    def find(self, **where: object) -> T | None:
        """The oldest value that fits, or None."""
        ...

    def all(self, **where: object) -> list[T]:
        """Every value that fits, oldest first; a frozenset means any of its members."""
        ...

    def count(self, **where: object) -> int:
        """How many fit."""
        ...

    def page(self, page: Page, **where: object) -> PageOf[T]:
        """One page in the order in which the values were stored; a frozenset means any of its members."""
        ...
