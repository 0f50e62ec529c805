"""An operator or approver."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import PersonId


class Role(StrEnum):
    """An operator may do everything that a person can; an approver only decides."""

    OPERATOR = "operator"
    APPROVER = "approver"


@dataclass(frozen=True, slots=True)
class Person:
    """`address` receives notices; it is never a mailbox that an agent reads."""

    id: PersonId
    name: str
    address: str
    role: Role
    created_at: datetime
