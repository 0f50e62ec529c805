"""How a person is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.ids import PersonId
from loftbox_cli.core.person import Person, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """An operator or approver."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "name", "address", "role", "system_user")

    id: PersonId
    object: Literal["person"] = "person"
    name: str
    address: str
    role: Role
    system_user: str | None
    created_at: datetime


def person_view(person: Person) -> PersonView:
    """Show a person."""
    return PersonView(
        id=person.id,
        name=person.name,
        address=person.address,
        role=person.role,
        system_user=person.system_user,
        created_at=person.created_at,
    )
