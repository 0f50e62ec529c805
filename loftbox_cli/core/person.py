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
    """`address` receives notices; it is never a mailbox that an agent reads.

    `system_user` is the account by which the same human types commands, None for nobody's:
    who is one human under two names stays one when it is asked who submitted and who decides.
    """

    id: PersonId
    name: str
    address: str
    role: Role
    created_at: datetime
    system_user: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """Every id under which this human acts."""
        return frozenset({self.id} | ({f"os:{self.system_user}"} if self.system_user else set()))
