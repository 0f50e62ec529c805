"""Persons: operators and approvers, each one human under however many names."""

import re
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.address import parse_address
from loftbox_cli.core.change import Action
from loftbox_cli.core.errors import AlreadyExists, BadInput, NotFound
from loftbox_cli.core.header import check_name
from loftbox_cli.core.ids import PersonId, RequestId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.person import Person, Role
from loftbox_cli.services.changing import note
from loftbox_cli.services.judging import read_by_agent
from loftbox_cli.services.tx import Tx

# What useradd(8) takes, and names of directory services, which may hold dots and an @.
_SYSTEM_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}\$?")


@dataclass(frozen=True, slots=True)
class PersonChanges:
    """What is set anew; None stays, and "" as the system user takes it away."""

    name: str | None = None
    address: str | None = None
    role: Role | None = None
    system_user: str | None = None


def create(
    tx: Tx,
    *,
    name: str,
    address: str,
    role: Role,
    system_user: str,
    by: Actor,
    request_id: RequestId,
    now: datetime,
) -> Person:
    """Register a person; raises AlreadyExists when name, address or system user is taken."""
    check_name(name, field="name")
    spec = _address(tx, address)
    person = Person(PersonId(tx.mint("per")), name, spec, role, now, _system_user(system_user))
    tx.persons.add(person)
    note(tx, Action.PERSON_CREATED, person.id, _account(person), by=by, request_id=request_id, now=now)
    return person


def change(
    tx: Tx, name: str, changes: PersonChanges, *, by: Actor, request_id: RequestId, now: datetime
) -> Person:
    """Set anew what is named, if it differs; raises NotFound, AlreadyExists and BadInput.

    With another address the links that were sent to the former one lead nowhere: who reads
    there now may be somebody else.
    """
    before = find(tx, name)
    after = before
    if changes.name is not None:
        check_name(changes.name, field="name")
        after = replace(after, name=changes.name)
    if changes.address is not None:
        after = replace(after, address=_address(tx, changes.address))
    if changes.role is not None:
        after = replace(after, role=changes.role)
    if changes.system_user is not None:
        after = replace(after, system_user=_system_user(changes.system_user))
    if after == before:
        return before
    _check_free(tx, after)
    tx.persons.save(after)
    if after.address != before.address:
        tx.links.remove(person_id=after.id)
    detail = f"{_account(after)}; before: {_account(before)}"
    note(tx, Action.PERSON_CHANGED, after.id, detail, by=by, request_id=request_id, now=now)
    return after


def _check_free(tx: Tx, person: Person) -> None:
    for field in ("name", "address", "system_user"):
        value = getattr(person, field)
        other = tx.persons.find(**{field: value}) if value is not None else None
        if other is not None and other.id != person.id:
            raise AlreadyExists(
                f"another person has this {field} already: {value}",
                fix="loftbox person list shows who has it",
                field=field,
            )


def _address(tx: Tx, text: str) -> str:
    """Where notices go: never to who is to be overseen."""
    spec = str(parse_address(text, field="address"))
    if read_by_agent(tx, spec):
        raise BadInput(
            f"an agent reads what is sent to {spec}",
            fix="give an address that the person alone reads",
            field="address",
        )
    return spec


def _system_user(name: str) -> str | None:
    if not name:
        return None
    if not _SYSTEM_USER.fullmatch(name):
        raise BadInput(
            f"{name[:80]!a} is not the name of a user of this system",
            fix="give the name that whoami(1) prints",
            field="system_user",
        )
    return name


def _account(person: Person) -> str:
    user = person.system_user or "none"
    return f"{person.role} {person.name}, {person.address}, system user {user}"


def page(tx: Tx, page: Page) -> PageOf[Person]:
    """Persons, newest first."""
    return tx.persons.page(page)


def find(tx: Tx, name: str) -> Person:
    """The person with this id, address or name; raises NotFound."""
    found = tx.persons.find(id=name) or tx.persons.find(address=name) or tx.persons.find(name=name)
    if found is None:
        raise NotFound(f"there is no person {name}", fix="loftbox person list shows who is known")
    return found
