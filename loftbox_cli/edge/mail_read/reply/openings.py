"""Phrases that a line may begin or end with, sought by their outermost letters.

`str.startswith` tries each of a hundred phrases in turn. Nearly every line of a mail has
its first two letters in common with none of them, and one look into a table says so.
"""

from collections.abc import Iterable

_LETTERS = 2  # no phrase is shorter


class Openings:
    """Phrases at the beginning of a line; each begins with one of the pairs of `letters`."""

    __slots__ = ("_by_start", "letters")

    def __init__(self, phrases: Iterable[str]) -> None:
        by_start: dict[str, tuple[str, ...]] = {}
        for phrase in phrases:
            start = phrase[:_LETTERS]
            by_start[start] = (*by_start.get(start, ()), phrase)
        self._by_start = by_start
        self.letters = frozenset(by_start)

    def begin(self, line: str) -> bool:
        """Say whether one of them opens the line."""
        phrases = self._by_start.get(line[:_LETTERS])
        return phrases is not None and line.startswith(phrases)


class Endings:
    """Phrases at the end of a line; each ends with one of the pairs of `letters`."""

    __slots__ = ("_by_end", "letters")

    def __init__(self, phrases: Iterable[str]) -> None:
        by_end: dict[str, tuple[str, ...]] = {}
        for phrase in phrases:
            end = phrase[-_LETTERS:]
            by_end[end] = (*by_end.get(end, ()), phrase)
        self._by_end = by_end
        self.letters = frozenset(by_end)

    def end(self, line: str) -> bool:
        """Say whether one of them closes the line."""
        phrases = self._by_end.get(line[-_LETTERS:])
        return phrases is not None and line.endswith(phrases)
