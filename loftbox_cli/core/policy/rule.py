"""A policy as it was written: ordered rules, each with its conditions and its decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.policy.conditions import Condition, Patterns


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """When all conditions hold, the decision is said. A rule without conditions always says it.

    `approvers` and `expires_after` are for holds: how many persons have to agree, and
    how long they have (None: the usual time).
    """

    name: str
    description: str
    decision: Answer
    reason: str
    conditions: tuple[Condition, ...] = ()
    approvers: int = 1
    expires_after: timedelta | None = None
    of_recipients: bool = field(init=False)

    def __post_init__(self) -> None:
        about = any(condition.fact.of_recipient for condition in self.conditions)
        object.__setattr__(self, "of_recipients", about)


@dataclass(frozen=True)
class Policy:
    """Rules in their order. `lists` are named addresses and domains that its rules speak of."""

    name: str
    description: str
    time_zone: str
    lists: Mapping[str, Patterns]
    rules: tuple[PolicyRule, ...]

    @cached_property
    def needs(self) -> frozenset[str]:
        """The names of the facts that its rules ask for."""
        return frozenset(condition.fact.name for rule in self.rules for condition in rule.conditions)

    def lists_with(self, address: str) -> frozenset[str]:
        """The lists that hold an address or its domain."""
        domain = address.rpartition("@")[2]
        return frozenset(
            name for name, entries in self.lists.items() if entries.fit(address) or entries.fit(domain)
        )
