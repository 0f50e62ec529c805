"""The tests that a rule may make of a fact, and what they hold of a value.

A text may hold `*`, which stands for any characters: "*.example.com". Texts are
compared without regard to case.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from loftbox_cli.core.policy.facts import UNKNOWN, Fact, Kind, Value

MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Patterns:
    """Texts to compare with; those with a `*` stand apart."""

    written: tuple[str, ...]
    exact: frozenset[str]
    wild: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Patterns":
        """Make them ready to compare."""
        written = tuple(text.casefold() for text in texts)
        return cls(
            written,
            frozenset(text for text in written if "*" not in text),
            tuple(tuple(text.split("*")) for text in written if "*" in text),
        )

    def fit(self, text: str) -> bool:
        """Whether one of them is this text."""
        return text in self.exact or any(_like(text, pieces) for pieces in self.wild)

    def __str__(self) -> str:
        return " or ".join(self.written) or "nothing"


def _like(text: str, pieces: tuple[str, ...]) -> bool:
    """Find the pieces one after the other: linear, whatever a stranger wrote."""
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


class Takes(Enum):
    """What stands on the right side of an operator."""

    ONE = "one value"
    MANY = "a list of values"
    SPAN = 'two times, such as ["08:00", "18:00"]'


@dataclass(frozen=True, slots=True)
class Operator:
    """One test: its words for people, and whether a known value passes it."""

    name: str
    words: str
    takes: Takes
    passes: Callable[[Any, Any], bool]


def _between(minute: int, span: tuple[int, int]) -> bool:
    begin, end = span
    # A span such as 22:00 to 06:00 goes over midnight.
    return begin <= minute < end if begin <= end else minute >= begin or minute < end


def _every(texts: frozenset[str], wanted: Patterns) -> bool:
    return all(map(wanted.fit, texts))


def _some(texts: frozenset[str], wanted: Patterns) -> bool:
    return any(map(wanted.fit, texts))


_IS = Operator("is", "is", Takes.ONE, lambda value, wanted: bool(value == wanted))
_NUMBERS = (
    _IS,
    Operator("is_not", "is not", Takes.ONE, lambda value, wanted: bool(value != wanted)),
    Operator("at_most", "is at most", Takes.ONE, lambda value, wanted: bool(value <= wanted)),
    Operator("at_least", "is at least", Takes.ONE, lambda value, wanted: bool(value >= wanted)),
    Operator("under", "is under", Takes.ONE, lambda value, wanted: bool(value < wanted)),
    Operator("over", "is over", Takes.ONE, lambda value, wanted: bool(value > wanted)),
)
# The first of each kind, and for texts the second, is what a plain value or list means.
OPERATORS: Mapping[Kind, tuple[Operator, ...]] = {
    Kind.FLAG: (_IS,),
    Kind.NUMBER: _NUMBERS,
    Kind.SIZE: _NUMBERS,
    Kind.TEXT: (
        Operator("is", "is", Takes.ONE, lambda value, wanted: bool(wanted.fit(value))),
        Operator("in", "is one of", Takes.MANY, lambda value, wanted: bool(wanted.fit(value))),
        Operator("is_not", "is not", Takes.ONE, lambda value, wanted: not wanted.fit(value)),
        Operator("not_in", "is none of", Takes.MANY, lambda value, wanted: not wanted.fit(value)),
    ),
    Kind.TEXTS: (
        Operator("any_in", "has one of", Takes.MANY, _some),
        Operator("all_in", "has nothing but", Takes.MANY, _every),
        Operator(
            "other_than",
            "has something other than",
            Takes.MANY,
            lambda value, wanted: not _every(value, wanted),
        ),
        Operator("none_in", "has none of", Takes.MANY, lambda value, wanted: not _some(value, wanted)),
    ),
    Kind.TIME: (
        Operator("between", "is between", Takes.SPAN, _between),
        Operator("not_between", "is not between", Takes.SPAN, lambda value, span: not _between(value, span)),
    ),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact, a test, and what it is tested against."""

    fact: Fact
    operator: Operator
    wanted: Any

    def holds(self, values: Mapping[str, Value]) -> bool | None:
        """Whether it holds of these values; None when the fact is not known."""
        value = values.get(self.fact.name, UNKNOWN)
        return None if value is UNKNOWN else self.operator.passes(value, self.wanted)

    @property
    def sentence(self) -> str:
        """The condition in words."""
        return f"{self.fact.name} {self.operator.words} {spell(self.fact.kind, self.wanted)}"

    def example(self, *, holding: bool) -> Value:
        """A value of which it holds, or does not; UNKNOWN where there is none."""
        fitting = (
            value for value in self._candidates() if self.operator.passes(value, self.wanted) is holding
        )
        return next(fitting, UNKNOWN)

    def _candidates(self) -> Iterator[Value]:
        match self.fact.kind:
            case Kind.FLAG:
                yield from (True, False)
            case Kind.NUMBER | Kind.SIZE:
                yield from (self.wanted, max(self.wanted - 1, 0), self.wanted + 1)
            case Kind.TEXT:
                yield from self.fact.words or (*_written(self.wanted), _other(self.wanted))
            case Kind.TEXTS:
                yield frozenset()
                yield from (frozenset({text}) for text in (*_written(self.wanted), _other(self.wanted)))
            case Kind.TIME:
                begin, end = self.wanted
                yield from (begin, end, (begin - 1) % MINUTES_OF_DAY)


def _written(wanted: Patterns) -> Iterator[str]:
    return (text.replace("*", "") for text in wanted.written)


def _other(wanted: Patterns) -> str:
    """A text that is none of them, unless one of them is any text."""
    # RFC 2606 section 2: nobody has this domain.
    return next((text for text in (f"other{n}.invalid" for n in range(99)) if not wanted.fit(text)), "")


def spell(kind: Kind, value: Any) -> str:
    """Write a value as a person reads it in a policy."""
    if value is UNKNOWN:
        return "not known"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "nothing"
    if kind is Kind.TIME:
        return " and ".join(map(_clock, value)) if isinstance(value, tuple) else _clock(value)
    return str(value)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
