"""A key that leaks must not turn into a better one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.person import Role
from loftbox_cli.services import persons
from tests.edge.api_kit import Gate, opened_gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


async def test_a_key_makes_none_that_may_more_than_itself(gate: Gate) -> None:
    manager = gate.operator(Scope.MANAGE)
    body = {"owner_id": gate.operator_id, "name": "better", "scopes": ["manage", "approve"]}
    before = gate.house.rows()
    answer = await manager.post("/v1/keys", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert gate.house.rows() == before
    assert (await manager.post("/v1/keys", {**body, "scopes": ["manage"]})).status_code == 201


async def test_nobody_gets_a_key_to_decide_as_another_person(gate: Gate) -> None:
    ben = gate.house.do(
        persons.create,
        name="Ben",
        address="ben@peer.test",
        role=Role.APPROVER,
        system_user="",
        **gate.house.by(),
    )
    body = {"owner_id": ben.id, "name": "borrowed", "scopes": ["approve"]}
    answer = await gate.operator().post("/v1/keys", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_a_person_who_is_not_there_is_told_apart_by_nothing(gate: Gate) -> None:
    body = {"owner_id": "per_0000000000000000", "name": "nobody", "scopes": ["read"]}
    assert (await gate.operator().post("/v1/keys", body)).status_code == 403


async def test_keys_of_agents_are_made_by_whoever_manages(gate: Gate) -> None:
    agent = gate.house.agent()
    body = {"owner_id": agent.id, "name": "bot", "scopes": ["send", "read"]}
    assert (await gate.operator(Scope.MANAGE).post("/v1/keys", body)).status_code == 201
