"""Finding messages and reading conversations over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Mailbox
from tests.edge.api_kit import Client, Gate, opened_gate
from tests.services.house import letter


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


def mailbox(gate: Gate, address: str = "help@example.com") -> Mailbox:
    return gate.house.mailbox(address)


def owner(gate: Gate, of: Mailbox) -> Client:
    assert of.agent_id is not None
    return gate.agent(of.agent_id)


async def found(client: Client, **query: Any) -> list[str]:
    answer = await client.get("/v1/messages", params=query)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()["data"]]


async def test_words_find_messages_with_the_place_where_they_stand(gate: Gate) -> None:
    mine = mailbox(gate)
    (message,) = gate.house.receive(mine.address, reading=letter(text="Your parcel was lost\x1b[31m."))
    gate.house.receive(mine.address)
    answer = (await owner(gate, mine).get("/v1/messages", params={"q": 'PARCEL "lost'})).json()
    assert [each["id"] for each in answer["data"]] == [message.id]
    assert answer["data"][0]["snippet"] == "Your parcel was lost[31m."


async def test_without_words_a_list_has_everything_and_no_snippet(gate: Gate) -> None:
    mine = mailbox(gate)
    gate.house.receive(mine.address)
    answer = (await owner(gate, mine).get("/v1/messages")).json()
    assert [each["snippet"] for each in answer["data"]] == [None]


async def test_filters_narrow_a_list(gate: Gate) -> None:
    mine = mailbox(gate)
    client = owner(gate, mine)
    (one,) = gate.house.receive(mine.address)
    gate.house.clock.advance(hours=1)
    (two,) = gate.house.receive(mine.address, reading=letter("tom@peer.test"))
    later = "2026-11-21T10:00:00Z"
    assert await found(client, **{"from": "tom@peer.test"}) == [two.id]
    assert await found(client, thread=one.thread_id) == [one.id]
    assert await found(client, since=later) == [two.id]
    assert await found(client, until=later) == [one.id]
    assert await found(client, q="hello", direction="outbound") == []
    assert await found(client, q="hello", order="asc") == [one.id, two.id]


async def test_an_agent_finds_nothing_of_another_one(gate: Gate) -> None:
    mine, other = mailbox(gate), mailbox(gate, "other@example.com")
    (theirs,) = gate.house.receive(other.address, reading=letter(text="secret"))
    assert await found(owner(gate, mine), q="secret") == []
    assert await found(owner(gate, mine), thread=theirs.thread_id) == []
    answer = await owner(gate, mine).get("/v1/messages", params={"q": "secret", "mailbox": other.address})
    assert answer.status_code == 404
    assert await found(gate.operator(Scope.READ), q="secret") == [theirs.id]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "!!!"},
        {"q": "x" * 401},
        {"from": "nobody"},
        {"since": "yesterday"},
        {"since": "2026-11-21T10:00:00"},
    ],
)
async def test_what_cannot_be_looked_for_is_refused(gate: Gate, query: dict[str, str]) -> None:
    answer = await owner(gate, mailbox(gate)).get("/v1/messages", params=query)
    assert answer.status_code == 422


async def test_a_thread_shows_who_answered_whom(gate: Gate) -> None:
    mine = mailbox(gate)
    sent = gate.house.send(mine, "jane@peer.test").message
    (answer,) = gate.house.receive(mine.address, reading=letter(in_reply_to=(sent.rfc_message_id,)))
    shown = (await owner(gate, mine).get(f"/v1/threads/{sent.thread_id}")).json()
    assert [(each["id"], each["parent_id"]) for each in shown["messages"]["data"]] == [
        (sent.id, None),
        (answer.id, sent.id),
    ]
    assert shown["messages"]["data"][1]["matched_by"] == "own_message_id"
    assert (shown["total"], shown["related"]) == (2, [])
    known = {each["address"]: each["known"] for each in shown["participants"]}
    assert known == {"help@example.com": False, "jane@peer.test": True}


async def test_a_mailbox_asks_for_threads_by_subject(gate: Gate) -> None:
    mine = mailbox(gate)
    operator = gate.operator()
    answer = await operator.ask("PATCH", f"/v1/mailboxes/{mine.id}", json={"match_subject": True})
    assert answer.json()["match_subject"] is True
    assert answer.json()["oversight"] == "autonomous"
