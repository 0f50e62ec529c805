"""The matrix of keys, operations and things: each key does what its scope says, to what is its own.

Operations come from the OpenAPI document, so that none can be forgotten.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.edge.api import front
from tests.edge.api_kit import Client, Gate, opened_gate
from tests.edge.api_scopes import BODIES, OPEN_TO, UNENDING, Estate, Holder, estate, operations

# What only LoftBox says of its things. None of it is taken from a caller, wherever it is not asked for.
OURS = ("id", "state", "created_at", "approved", "submitted_by", "mailbox_id", "agent_id", "from", "rcpt_to")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


def client_of(gate: Gate, holder: Holder, mine: Estate) -> Client:
    return gate.client(gate.key(mine.agent_id if holder.is_agent else gate.operator_id, holder.scope))


def test_every_operation_stands_in_the_matrix() -> None:
    assert OPEN_TO.keys() == operations().keys()
    assert BODIES.keys() == {name for name, each in operations().items() if each.takes is not None}


@pytest.mark.rule("D8")
@pytest.mark.parametrize("holder", Holder, ids=lambda holder: holder.name)
async def test_a_key_does_what_its_scope_says(gate: Gate, holder: Holder) -> None:
    shared = estate(gate, "shared")
    for name, operation in operations().items():
        if holder not in OPEN_TO[name] or name == UNENDING:
            continue
        # What changes something meets things of its own: what another one did is nothing to it.
        mine = shared if operation.method == "GET" else estate(gate, name)
        if name == "policies.unbind":
            bind = mine.request(operations()["policies.bind"])
            assert (await bind.by(gate.operator())).is_success
        answer = await mine.request(operation).by(client_of(gate, holder, mine))
        assert answer.is_success, (name, answer.text)


@pytest.mark.rule("D8")
@pytest.mark.parametrize("holder", Holder, ids=lambda holder: holder.name)
async def test_a_key_does_nothing_that_its_scope_does_not_say(gate: Gate, holder: Holder) -> None:
    mine = estate(gate, "mine")
    client = client_of(gate, holder, mine)
    before = gate.house.rows()
    for name, operation in operations().items():
        if holder not in OPEN_TO[name]:
            refused = await mine.request(operation).by(client)
            assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed"), name
    assert gate.house.rows() == before


@pytest.mark.rule("D8")
@pytest.mark.parametrize("key", ["", "lb_live_" + "0" * 72, "revoked"], ids=["none", "unknown", "revoked"])
async def test_without_a_good_key_every_operation_answers_the_same(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr(front, "MOST_BAD_KEYS", 1_000)  # that guessing has an end is tested elsewhere
    mine = estate(gate, "mine")
    if key == "revoked":
        key = gate.key(gate.operator_id, Scope.READ, Scope.MANAGE, Scope.APPROVE)
        listed = (await gate.operator().get("/v1/keys")).json()["data"]
        assert (await gate.operator().post(f"/v1/keys/{listed[1]['id']}/revoke")).is_success
    client = gate.client(key)
    before = gate.house.rows()
    answers = set()
    for operation in operations().values():
        answer = await mine.request(operation).by(client)
        answers.add((answer.status_code, without_ids(answer.text)))
    assert [status for status, _ in answers] == [401]
    assert gate.house.rows() == before


@pytest.mark.rule("D8")
async def test_what_belongs_to_another_agent_is_answered_as_if_it_were_not_there(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs"), estate(gate, "mine")
    nowhere = theirs.nowhere()
    client = gate.agent(mine.agent_id)
    before = gate.house.rows()
    asked = set()
    for name, operation in operations().items():
        foreign = theirs.request(operation)
        if foreign == mine.request(operation) or not any(each.is_agent for each in OPEN_TO[name]):
            continue
        asked.add(name)
        answers = [await each.by(client) for each in (foreign, nowhere.request(operation))]
        assert [each.status_code for each in answers] == [404, 404], name
        assert len({without_ids(each.text) for each in answers}) == 1, name
    assert asked >= {"messages.send", "messages.retrieve", "messages.attachment", "deliveries.cancel"}
    assert gate.house.rows() == before


@pytest.mark.rule("D8")
async def test_a_list_narrowed_to_what_another_agent_has_is_as_if_it_were_not_there(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs"), estate(gate, "mine")
    nowhere = theirs.nowhere()
    client = gate.agent(mine.agent_id)
    for name, operation in operations().items():
        if Holder.AGENT_READS not in OPEN_TO[name] or name == UNENDING:
            continue
        for parameter in theirs.things.keys() & set(operation.query):
            path = mine.request(operation).path
            join = "&" if "?" in path else "?"
            answers = [
                await client.get(f"{path}{join}{parameter}={each.things[parameter]}")
                for each in (theirs, nowhere)
            ]
            assert answers[0].status_code == answers[1].status_code, (name, parameter)
            bodies = {without_ids(each.text) for each in answers}
            assert len(bodies) == 1, (name, parameter)
            assert answers[0].is_error or answers[0].json()["data"] == [], (name, parameter)


def without_ids(text: str) -> str:
    """An answer without what it repeats of the question."""
    return re.sub(r"([a-z]+)_[0-9a-z]{16}|(zz)?theirs@", r"\1_", text)


@pytest.mark.rule("D8")
async def test_nothing_of_another_agent_stands_in_a_list(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs"), estate(gate, "mine")
    client = gate.agent(mine.agent_id)
    own = {name for name in theirs.things if theirs.things[name] != mine.things[name]} - {"part"}
    for name, operation in operations().items():
        if name.endswith(".list") and Holder.AGENT_READS in OPEN_TO[name]:
            answer = await mine.request(operation).by(client)
            assert answer.json()["data"], name
            for thing in own:
                assert theirs.things[thing] not in answer.text, (name, thing)


@pytest.mark.rule("D9")
async def test_a_field_that_an_operation_does_not_ask_for_is_refused_by_its_name(gate: Gate) -> None:
    mine = estate(gate, "mine")
    agent, operator = gate.agent(mine.agent_id), gate.operator()
    before = gate.house.rows()
    for name, operation in operations().items():
        if operation.takes is None:
            continue
        client = agent if Holder.AGENT_SENDS in OPEN_TO[name] else operator
        for unasked in {*OURS, "nonsense"} - operation.takes:
            answer = await mine.request(operation).saying(**{unasked: "released"}).by(client)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), (name, unasked)
            assert unasked in answer.text, (name, unasked)
    assert gate.house.rows() == before


@pytest.mark.rule("D9")
async def test_what_lies_deeper_in_a_message_has_no_more_fields_than_are_asked_for(gate: Gate) -> None:
    mine = estate(gate, "mine")
    client = gate.agent(mine.agent_id)
    file = {"filename": "a.txt", "content": "", "part": 0}
    for name in ("messages.send", "messages.reply", "policies.evaluate"):
        request = mine.request(operations()[name]).saying(attachments=[file])
        answer = await request.by(client)
        assert answer.status_code == 422, name
        assert "part" in answer.text, name


@pytest.mark.rule("D9")
async def test_a_parameter_that_a_list_does_not_know_is_refused(gate: Gate) -> None:
    mine = estate(gate, "mine")
    for name, operation in operations().items():
        if operation.query and name != UNENDING:
            path = mine.request(operation).path
            answer = await gate.operator().get(f"{path}{'&' if '?' in path else '?'}mailbox_id=mine")
            assert answer.status_code == 422, name
            assert "mailbox_id" in answer.text, name


@pytest.mark.rule("D6")
@pytest.mark.parametrize("owner", ["agent", "person"])
async def test_no_key_both_sends_and_approves(gate: Gate, owner: str) -> None:
    mine = estate(gate, "mine")
    owner_id = mine.agent_id if owner == "agent" else gate.operator_id
    foreign = ["approve"] if owner == "agent" else ["send"]
    before = gate.house.see(lambda tx: tx.keys.count())
    for scopes in (["send", "approve"], ["send", "read", "manage", "approve"], foreign):
        body = {"owner_id": owner_id, "name": "both", "scopes": scopes}
        assert (await gate.operator().post("/v1/keys", body)).status_code in (403, 422)
    assert gate.house.see(lambda tx: tx.keys.count()) == before + 3  # those of who asked
