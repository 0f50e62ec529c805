"""Policies are kept in versions and changed by people alone."""

from typing import Any

import pytest

from loftbox_cli.core.errors import AlreadyExists, BadInput, Conflict, NotAllowed, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.page import Page
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.services import policies
from tests.services.house import House

TEXT = 'name = "orders"\n[[rule]]\nname = "all"\ndecision = "hold"\n'
LAXER = TEXT.replace("hold", "allow")


def add(house: House, text: str = TEXT, **more: Any) -> policies.PolicyFound:
    return house.do(policies.add, text, **{"why": "a beginning", **house.by(), **more})


def test_each_change_is_a_version_with_who_when_and_why(house: House) -> None:
    add(house)
    house.clock.advance(hours=1)
    changed = house.do(policies.change, "orders", LAXER, why="trusted", **house.by())
    assert (changed.version, changed.source) == (2, LAXER)
    assert [(each.number, each.by, each.why, each.source) for each in changed.versions] == [
        (1, "os:anna", "a beginning", TEXT),
        (2, "os:anna", "trusted", LAXER),
    ]
    assert changed.versions[1].at == house.now
    assert house.see(policies.show, "orders", version=1).source == TEXT
    told = [event.data for event in house.told(EventType.POLICY_UPDATED)]
    assert [(each["policy"], each["change"], each["version"], each["by"]) for each in told] == [
        ("orders", "added", 1, "os:anna"),
        ("orders", "changed", 2, "os:anna"),
    ]


def test_the_same_text_again_is_no_change(house: House) -> None:
    add(house)
    assert house.do(policies.change, "orders", TEXT, why="", **house.by()).version == 1


def test_a_text_that_is_no_policy_changes_nothing(house: House) -> None:
    add(house)
    bad = "name = 1\n"
    for error in (
        house.refuses(BadInput, policies.add, bad, why="", **house.by()),
        house.refuses(BadInput, policies.change, "orders", bad, why="", **house.by()),
    ):
        assert error.fact.startswith("line 1: ")


def test_a_name_is_given_once_and_never_that_of_a_built_in_policy(house: House) -> None:
    add(house)
    house.refuses(AlreadyExists, policies.add, TEXT, why="", **house.by())
    house.refuses(AlreadyExists, policies.add, TEXT.replace("orders", "gated_send"), why="", **house.by())
    house.refuses(Conflict, policies.change, "orders", TEXT.replace("orders", "x"), why="", **house.by())
    house.refuses(Conflict, policies.bind, "autonomous", BindingScope.ALL, "", **house.by())
    house.refuses(NotFound, policies.change, "nothing", TEXT, why="", **house.by())


def test_an_agent_changes_no_policy(house: House) -> None:
    mailbox = house.mailbox()
    add(house)
    by = house.by(house.sender(mailbox))
    house.refuses(NotAllowed, policies.add, LAXER, why="", **by)
    house.refuses(NotAllowed, policies.change, "orders", LAXER, why="", **by)
    for verb in (policies.bind, policies.unbind):
        house.refuses(NotAllowed, verb, "orders", BindingScope.ALL, "", **by)


def test_binding_twice_is_one_binding_and_unbinding_what_is_not_bound_is_told(house: House) -> None:
    mailbox = house.mailbox()
    add(house)
    for _ in range(2):
        bound = house.do(policies.bind, "orders", BindingScope.MAILBOX, mailbox.address, **house.by())
    assert [each.target for each in bound.bindings] == [mailbox.id]
    house.do(policies.unbind, "orders", BindingScope.MAILBOX, mailbox.id, **house.by())
    house.refuses(NotFound, policies.unbind, "orders", BindingScope.MAILBOX, mailbox.id, **house.by())


@pytest.mark.parametrize("scope", [BindingScope.MAILBOX, BindingScope.AGENT, BindingScope.DOMAIN])
def test_a_policy_is_bound_only_to_what_there_is(house: House, scope: BindingScope) -> None:
    add(house)
    error = house.refuses(NotFound, policies.bind, "orders", scope, "nothing", **house.by())
    assert error.fix == f"loftbox {scope} list shows what there is"


def test_policies_are_listed_newest_first(house: House) -> None:
    for name in ("one", "two"):
        add(house, TEXT.replace("orders", name))
    found = house.see(policies.page, Page(10, "", newest_first=True))
    assert [each.name for each in found.items] == ["two", "one"]
