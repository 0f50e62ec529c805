"""Persons: operators and approvers."""

from datetime import datetime

from loftbox_cli.core.address import parse_address
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.header import check_name
from loftbox_cli.core.ids import PersonId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.person import Person, Role
from loftbox_cli.services.tx import Tx


def create(tx: Tx, *, name: str, address: str, role: Role, now: datetime) -> Person:
    """Register a person; raises AlreadyExists when name or address is taken."""
    check_name(name, field="name")
    spec = str(parse_address(address, field="address"))
    person = Person(PersonId(tx.mint("per")), name, spec, role, now)
    tx.persons.add(person)
    return person


def page(tx: Tx, page: Page) -> PageOf[Person]:
    """Persons, newest first."""
    return tx.persons.page(page)


def find(tx: Tx, name: str) -> Person:
    """The person with this id, address or name; raises NotFound."""
    found = tx.persons.find(id=name) or tx.persons.find(address=name) or tx.persons.find(name=name)
    if found is None:
        raise NotFound(f"there is no person {name}", fix="loftbox person list shows who is known")
    return found
