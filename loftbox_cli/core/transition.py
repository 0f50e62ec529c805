"""States are data: what a step makes of a state, what is committed with it, what a crash leaves.

The verbs ask the table; the page loftbox-states(7) is drawn from it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from loftbox_cli.core.errors import Conflict

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[S]):
    """One row of a table of states. `after_crash` is what is there when the process dies right afterwards."""

    state: S
    step: StrEnum
    becomes: S
    committed: str
    after_crash: str


def follow(table: Sequence[Transition[S]], state: S, step: StrEnum) -> S:
    """Say what a step makes of a state; raises Conflict for a pair that the table does not have."""
    for transition in table:
        if transition.state is state and transition.step is step:
            return transition.becomes
    raise Conflict(f"what is {state} cannot {step.value.replace('_', ' ')}")
