"""One human under several names is one: who sends does not decide, and two yeses come from two."""

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.change import Action
from loftbox_cli.core.errors import AlreadyExists, BadInput, NotFound, OwnSubmission
from loftbox_cli.core.events import EventType
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.person import Person, Role
from loftbox_cli.services import approvals, keys, persons, submit
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.persons import PersonChanges
from tests.services.house import ANNA, House

TWO = 'name = "p"\n[[rule]]\nname = "two"\ndecision = "hold"\nreason = "two"\napprovers = 2\n'


def person(house: House, name: str = "Ben", system_user: str = "ben") -> Person:
    return house.do(
        persons.create,
        name=name,
        address=f"{name.lower()}@peer.test",
        role=Role.APPROVER,
        system_user=system_user,
        **house.by(),
    )


def as_user(name: str) -> Actor:
    return Actor(Kind.PERSON, f"os:{name}", name, Via.CLI)


def as_person(found: Person, via: Via = Via.API) -> Actor:
    return Actor(Kind.PERSON, found.id, found.name, via)


def submitted(house: House, by: Actor) -> Passed:
    prepared = house.prepare(house.mailbox(oversight=Oversight.GATED_ALL))
    return house.do(submit.send, prepared, by=by, request_id=house.request(), now=house.now)


@pytest.mark.rule("D6")
@pytest.mark.parametrize("via", [Via.API, Via.LINK, Via.CONSOLE])
def test_who_sent_as_a_user_of_the_system_does_not_decide_by_key_or_link(house: House, via: Via) -> None:
    ben = person(house)
    passed = submitted(house, as_user("ben"))
    assert passed.approval is not None
    for verb in (approvals.approve, approvals.reject):
        house.refuses(
            OwnSubmission, verb, passed.approval.id, revision=1, why="", **house.by(as_person(ben, via))
        )
    assert house.approve(passed, ANNA).approval.state is ApprovalState.APPROVED


@pytest.mark.rule("D6")
def test_a_name_that_is_given_to_a_person_later_counts_as_well(house: House) -> None:
    ben = person(house, system_user="")
    passed = submitted(house, as_user("ben"))
    assert passed.approval is not None
    house.do(persons.change, "Ben", PersonChanges(system_user="ben"), **house.by())
    house.refuses(
        OwnSubmission, approvals.approve, passed.approval.id, revision=1, why="", **house.by(as_person(ben))
    )


def test_who_owns_an_agent_decides_about_what_the_agent_sends(house: House) -> None:
    anna = person(house, "Carla", "anna")
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    assert house.approve(house.send(mailbox), as_person(anna)).approval.state is ApprovalState.APPROVED


@pytest.mark.rule("D6")
def test_two_yeses_of_one_human_are_one(house: House) -> None:
    ben = person(house)
    mailbox = house.mailbox()
    house.policy(TWO, mailbox)
    passed = house.send(mailbox)
    for by in (as_user("ben"), as_person(ben), as_person(ben, Via.LINK), as_user("ben")):
        decided = house.approve(passed, by)
        assert (decided.approval.state, decided.approval.agreed) == (ApprovalState.PENDING, ("os:ben",))
    assert house.claim() == []
    decided = house.approve(passed, ANNA)
    assert (decided.approval.state, decided.approval.decided_by) == (ApprovalState.APPROVED, "os:anna")


def test_each_yes_that_is_not_the_last_is_told(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(TWO, mailbox)
    passed = house.send(mailbox)
    house.approve(passed, as_user("ben"))
    house.approve(passed, as_user("ben"))
    (event,) = house.told(EventType.APPROVAL_AGREED)
    assert (event.data["by"], event.data["why"]) == ("os:ben", "fine")
    assert (event.data["agreed"], event.data["approvers"]) == (["os:ben"], 2)
    assert house.told(EventType.APPROVAL_APPROVED) == []


def test_one_no_of_several_approvers_is_enough(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(TWO, mailbox)
    passed = house.send(mailbox)
    house.approve(passed, as_user("ben"))
    assert house.reject(passed, ANNA).approval.state is ApprovalState.REJECTED
    assert house.claim() == []


def test_an_account_belongs_to_one_person(house: House) -> None:
    person(house)
    other = person(house, "Carla", "")
    house.refuses(
        AlreadyExists,
        persons.create,
        name="Dan",
        address="dan@peer.test",
        role=Role.APPROVER,
        system_user="ben",
        **house.by(),
    )
    house.refuses(AlreadyExists, persons.change, other.id, PersonChanges(system_user="ben"), **house.by())
    house.refuses(AlreadyExists, persons.change, other.id, PersonChanges(name="Ben"), **house.by())


@pytest.mark.parametrize("name", ["a b", "a\nb", "-x", "x" * 80, "os:ben"])
def test_an_account_is_named_as_the_system_names_it(house: House, name: str) -> None:
    ben = person(house)
    house.refuses(BadInput, persons.change, ben.id, PersonChanges(system_user=name), **house.by())


def test_what_changes_of_persons_and_keys_is_kept_with_who_did_it(house: House) -> None:
    ben = person(house)
    house.do(persons.change, "Ben", PersonChanges(address="ben@other.test"), **house.by())
    house.do(persons.change, "Ben", PersonChanges(address="ben@other.test"), **house.by())
    made = house.do(
        keys.create,
        owner_id=ben.id,
        name="",
        scopes=frozenset({Scope.APPROVE}),
        secret=bytes(32),
        expires_at=None,
        **house.by(),
    )
    house.do(keys.revoke, made.key.id, **house.by())
    house.do(keys.revoke, made.key.id, **house.by())
    kept = house.see(lambda tx: tx.changes.all())
    assert [(each.action, each.thing, each.by, each.via) for each in kept] == [
        (Action.PERSON_CREATED, ben.id, "os:anna", "cli"),
        (Action.PERSON_CHANGED, ben.id, "os:anna", "cli"),
        (Action.KEY_CREATED, made.key.id, "os:anna", "cli"),
        (Action.KEY_REVOKED, made.key.id, "os:anna", "cli"),
    ]
    assert made.text not in repr(kept)


def test_somebody_who_is_not_there_is_not_changed(house: House) -> None:
    house.refuses(NotFound, persons.change, "Nobody", PersonChanges(name="x"), **house.by())
