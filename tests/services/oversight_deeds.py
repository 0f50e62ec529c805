"""What may happen in a story of oversight, each thing with its weight."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ANY = st.integers(0, 99)  # picks one of what there is, the newest first
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])


def pick(things: Sequence[T], place: int) -> T:
    return things[-1 - place % len(things)]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may happen, with its arguments; `needs` names what there has to be for it."""

    name: str
    arguments: SearchStrategy[dict[str, Any]] = field(repr=False)
    needs: str = field(repr=False)


DEEDS: list[Deed] = []


def deed(weight: int, *, needs: str = "", **arguments: SearchStrategy[Any]) -> Callable[[F], F]:
    """Let it happen so often in comparison with the others.

    One rule draws among all deeds: as rules of their own, most of them would be left out of most stories.
    """

    def listed(does: F) -> F:
        DEEDS.extend([Deed(does.__name__, st.fixed_dictionaries(arguments), needs)] * weight)
        return does

    return listed


def drawn(place: int) -> SearchStrategy[tuple[Deed, dict[str, Any]]]:
    return st.tuples(st.just(DEEDS[place]), DEEDS[place].arguments)
