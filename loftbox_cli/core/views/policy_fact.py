"""How a fact is shown that a rule may ask for."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from loftbox_cli.core.policy.conditions import OPERATORS
from loftbox_cli.core.policy.facts import TABLE, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class FactView:
    """A fact: its kind, the tests that fit it and, where they are few, its values.

    What is not `known` is found out by nobody: a rule that holds or blocks and asks for it holds.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "kind", "tests", "what", "known")

    object: Literal["fact"] = "fact"
    name: str
    kind: Kind
    what: str
    tests: tuple[str, ...]
    values: tuple[str, ...]
    known: bool


def fact_views() -> tuple[FactView, ...]:
    """Show all of them, in the order of their table."""
    return tuple(
        FactView(
            name=fact.name,
            kind=fact.kind,
            what=fact.what,
            tests=tuple(operator.name for operator in OPERATORS[fact.kind]),
            values=fact.words,
            known=fact.known,
        )
        for fact in TABLE
    )
