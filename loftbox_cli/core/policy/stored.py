"""A policy as it is kept: its versions, and what it is bound to.

A version never changes. To change a policy is to add a version, so that every
decision can be read with the words that made it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import PolicyId

GATEWAY = "gateway"  # the target of a policy that is bound to all


class BindingScope(StrEnum):
    """What a policy can be bound to."""

    ALL = "all"
    DOMAIN = "domain"
    AGENT = "agent"
    MAILBOX = "mailbox"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy by its name; `version` is the newest, which is the one in force."""

    id: PolicyId
    name: str
    version: int
    description: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """What a policy said from `at` on, as TOML, and who wanted that."""

    policy_id: PolicyId
    number: int
    source: str
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Binding:
    """`target` is the id of the mailbox, agent or domain; "gateway" means all of them."""

    policy_id: PolicyId
    scope: BindingScope
    target: str
    by: str
    at: datetime
