from datetime import timedelta

import pytest

from loftbox_cli.core.actor import Kind, Via
from loftbox_cli.core.errors import BadInput, NotAllowed, NotAuthenticated, NotFound
from loftbox_cli.core.ids import KeyId
from loftbox_cli.core.key import Scope, spell_key
from loftbox_cli.core.page import Page
from loftbox_cli.core.person import Role
from loftbox_cli.services import keys, persons
from loftbox_cli.services.persons import PersonChanges
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import House

SECRET = bytes(range(32))


def made(house: House, owner: str, *scopes: Scope, days: int = 0) -> keys.NewKey:
    return house.do(
        keys.create,
        owner_id=owner,
        name="laptop",
        scopes=frozenset(scopes),
        secret=SECRET,
        expires_at=house.now + timedelta(days=days) if days else None,
        **house.by(),
    )


def refused(
    house: House, kind: type[BadInput | NotFound], owner: str, *scopes: Scope, name: str = "x"
) -> None:
    house.refuses(
        kind,
        keys.create,
        owner_id=owner,
        name=name,
        scopes=frozenset(scopes),
        secret=SECRET,
        expires_at=None,
        **house.by(),
    )


def person(house: House, role: Role) -> str:
    return house.do(
        persons.create, name=f"a {role}", address=f"{role}@peer.test", role=role, system_user="", **house.by()
    ).id


def test_the_key_of_an_agent_makes_it_see_its_own(house: House) -> None:
    agent = house.agent()
    new = made(house, agent.id, Scope.SEND, Scope.READ)
    principal = house.see(keys.authenticate, new.text, now=house.now)
    assert principal.viewer == Viewer(agent.id)
    assert (principal.actor.kind, principal.actor.id, principal.actor.via) == (Kind.AGENT, agent.id, Via.API)
    assert principal.key_id == new.key.id


def test_the_key_of_a_person_makes_them_see_everything(house: House) -> None:
    someone = person(house, Role.OPERATOR)
    new = made(house, someone, Scope.READ, Scope.APPROVE, Scope.MANAGE)
    principal = house.see(keys.authenticate, new.text, now=house.now)
    assert principal.viewer == EVERYTHING
    assert (principal.actor.kind, principal.actor.id) == (Kind.PERSON, someone)


@pytest.mark.rule("D10")
def test_the_text_of_a_key_is_not_in_the_store(house: House) -> None:
    new = made(house, house.agent().id, Scope.SEND)
    secret = new.text.removeprefix("lb_live_")[16:68]
    assert secret not in repr(house.rows())


@pytest.mark.parametrize("scope", [Scope.APPROVE, Scope.MANAGE])
def test_an_agent_has_no_key_that_approves_or_manages(house: House, scope: Scope) -> None:
    agent = house.agent().id
    refused(house, BadInput, agent, scope)
    refused(house, BadInput, agent, Scope.SEND, scope)


@pytest.mark.rule("D6")
def test_no_key_carries_both_scopes_of_a_message(house: House) -> None:
    for owner in (house.agent().id, person(house, Role.OPERATOR), person(house, Role.APPROVER)):
        refused(house, BadInput, owner, Scope.SEND, Scope.APPROVE)


def test_an_approver_only_reads_and_decides(house: House) -> None:
    approver = person(house, Role.APPROVER)
    made(house, approver, Scope.READ, Scope.APPROVE)
    refused(house, BadInput, approver, Scope.MANAGE)


def test_a_key_carries_at_least_one_scope_and_has_an_owner_and_a_name_of_one_line(house: House) -> None:
    agent = house.agent().id
    refused(house, BadInput, agent)
    refused(house, NotFound, "agent_0000000000000000", Scope.SEND)
    refused(house, NotFound, "per_0000000000000000", Scope.READ)
    refused(house, BadInput, agent, Scope.SEND, name="two\nlines")


def test_a_key_that_would_never_open_anything_is_not_made(house: House) -> None:
    house.refuses(
        BadInput,
        keys.create,
        owner_id=house.agent().id,
        name="x",
        scopes=frozenset({Scope.SEND}),
        secret=SECRET,
        expires_at=house.now,
        **house.by(),
    )


@pytest.mark.rule("D10")
@pytest.mark.rule("D6")
def test_who_is_an_operator_no_more_manages_nothing_by_an_older_key(house: House) -> None:
    owner = person(house, Role.OPERATOR)
    text = made(house, owner, Scope.READ, Scope.MANAGE).text
    for role, scopes in ((Role.APPROVER, (Scope.READ,)), (Role.OPERATOR, (Scope.MANAGE, Scope.READ))):
        house.do(persons.change, owner, PersonChanges(role=role), **house.by())
        principal = house.see(keys.authenticate, text, now=house.now)
        assert principal.scopes == scopes


def test_unknown_revoked_and_expired_keys_are_refused_in_the_same_words(house: House) -> None:
    agent = house.agent().id
    revoked = made(house, agent, Scope.SEND)
    house.do(keys.revoke, revoked.key.id, **house.by())
    expired = made(house, agent, Scope.SEND, days=1)
    good = made(house, agent, Scope.SEND)
    house.clock.advance(days=1)
    texts = [
        revoked.text,
        expired.text,
        spell_key(KeyId("key_0000000000000000"), SECRET),
        spell_key(good.key.id, b"x" * 32),
    ]
    errors = [house.refuses(NotAuthenticated, keys.authenticate, text, now=house.now) for text in texts]
    assert len({(error.fact, error.fix) for error in errors}) == 1
    assert house.see(keys.authenticate, good.text, now=house.now).key_id == good.key.id


def test_a_typing_error_is_told_apart_and_the_key_is_not_repeated(house: House) -> None:
    text = made(house, house.agent().id, Scope.SEND).text
    typo = text[:30] + ("0" if text[30] != "0" else "1") + text[31:]
    error = house.refuses(NotAuthenticated, keys.authenticate, typo, now=house.now)
    assert "checksum" in error.fact
    assert typo not in f"{error.fact} {error.fix}"


def test_revoking_twice_keeps_the_first_time(house: House) -> None:
    key = made(house, house.agent().id, Scope.SEND).key
    first = house.do(keys.revoke, key.id, **house.by())
    house.clock.advance(hours=1)
    assert house.do(keys.revoke, key.id, **house.by()) == first
    assert house.see(keys.page, Page()).items == (first,)


def test_a_key_without_the_scope_is_refused_with_the_scope_it_needs(house: House) -> None:
    new = made(house, house.agent().id, Scope.READ)
    principal = house.see(keys.authenticate, new.text, now=house.now)
    principal.need(Scope.READ)
    with pytest.raises(NotAllowed, match="send"):
        principal.need(Scope.SEND)
