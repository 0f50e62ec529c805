"""Answers of the store that are given again, for as long as nothing lasting has changed.

Whoever brings a flood of mail names the same recipients again and again. What says who
receives mail here is lasting (see `catalogue.Place`): every process that changes any of
it counts the change in the store. A look at that number costs a third of a transaction,
and what is answered is what the store would answer at this moment.
"""

from collections.abc import Hashable
from typing import Any

MOST_ANSWERS = 1_000


class Recollection:
    """The answers that are still good."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, Any] = {}
        self._changes: str | None = None

    def answers(self, changes: str | None) -> dict[Hashable, Any]:
        """What was answered after so many changes; there, new answers are kept."""
        if changes != self._changes or len(self._answers) >= MOST_ANSWERS:
            self._answers = {}
            self._changes = changes
        return self._answers
