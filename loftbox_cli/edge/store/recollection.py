"""Answers of the store that are given again a moment later, without a look.

Whoever brings a flood of mail names the same recipients again and again. A verb of ours
that may change an answer makes all of them be forgotten; what only brings mail in does
not. Of what another process commits nobody tells us, so an answer lasts a moment at most.
"""

from collections.abc import Callable, Hashable
from time import monotonic
from typing import Any

MOMENT = 0.02  # seconds
MOST_ANSWERS = 1_000


class Recollection:
    """The answers that are still good. The writer's thread tells what changes them."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._answers: dict[Hashable, Any] = {}
        self._good_until = 0.0
        self._changing = False

    def answers(self) -> dict[Hashable, Any]:
        """What was answered and is still so; there, new answers are kept."""
        now = self._clock()
        if self._changing or now >= self._good_until or len(self._answers) >= MOST_ANSWERS:
            self._answers = {}
            self._good_until = now + MOMENT
        return self._answers

    def change(self) -> None:
        """Believe nothing from now on: a verb runs that may change any answer."""
        self._changing = True

    def settle(self) -> None:
        """Begin anew: what has run until now is committed, or has not happened."""
        if self._changing:
            self._answers = {}  # first of all: they may have been read before the commit
            self._changing = False
