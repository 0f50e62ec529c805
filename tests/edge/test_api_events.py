"""Reading the log by the API: in pages, by waiting, and as a stream."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.edge.api import events
from loftbox_cli.edge.api.server import ApiServer
from tests.edge.api_kit import Client, Gate, opened_gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.fixture
def mailbox(gate: Gate) -> Mailbox:
    return gate.house.mailbox()


@pytest.fixture
def key(gate: Gate, mailbox: Mailbox) -> str:
    assert mailbox.agent_id is not None
    return gate.key(mailbox.agent_id, Scope.READ)


@pytest.fixture
def agent(gate: Gate, key: str) -> Client:
    return gate.client(key)


@pytest.fixture
async def server(gate: Gate) -> AsyncIterator[ApiServer]:
    server = ApiServer(gate.app, host="127.0.0.1", port=0)
    await server.open()
    yield server
    await server.close(1)


async def test_events_are_listed_in_commit_order_and_chosen_by_what_they_are_about(
    gate: Gate, mailbox: Mailbox, agent: Client
) -> None:
    first, second = gate.house.send(mailbox).message, gate.house.send(mailbox).message
    told = (await agent.get("/v1/events?order=asc")).json()["data"]
    assert [each["seq"] for each in told] == sorted(each["seq"] for each in told)
    assert {each["signature"] for each in told} == {None}
    for choice in (
        f"message_id={second.id}",
        f"thread_id={second.thread_id}",
        f"request_id={second.request_id}",
    ):
        chosen = (await agent.get(f"/v1/events?{choice}")).json()["data"]
        assert {each["data"]["message_id"] for each in chosen} == {second.id}
    queued = (await agent.get("/v1/events?type=message.queued&mailbox=help@example.com")).json()["data"]
    assert [each["data"]["message_id"] for each in queued] == [second.id, first.id]
    one = (await agent.get(f"/v1/events/{queued[0]['id']}")).json()
    assert one == queued[0]


async def test_pages_of_events_follow_one_another(gate: Gate, mailbox: Mailbox, agent: Client) -> None:
    for _ in range(3):
        gate.house.send(mailbox)
    seen: list[int] = []
    cursor = ""
    while True:
        page = (await agent.get(f"/v1/events?order=asc&limit=2&cursor={cursor}")).json()
        seen += [each["seq"] for each in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert seen == [each.seq for each in gate.house.told() if each.agent_id == mailbox.agent_id]


async def test_who_waits_gets_what_is_there_already(gate: Gate, mailbox: Mailbox, agent: Client) -> None:
    gate.house.send(mailbox)
    answer = (await agent.get("/v1/events/wait?after=0&limit=1&timeout=60")).json()
    assert (answer["data"][0]["type"], answer["has_more"]) == ("policy.evaluated", True)
    assert answer["next_cursor"] == str(answer["data"][0]["seq"])
    assert gate.change.waits.locked()


async def test_who_waits_is_woken_by_the_next_event_of_its_own(
    gate: Gate, mailbox: Mailbox, agent: Client
) -> None:
    other = gate.house.mailbox("other@example.com")
    waiting = asyncio.create_task(agent.get("/v1/events/wait?type=message.queued&timeout=60"))
    await gate.change.waits.acquire()
    gate.house.send(other)
    await gate.change.waits.acquire()
    sent = gate.house.send(mailbox).message
    (event,) = (await waiting).json()["data"]
    assert event["data"]["message_id"] == sent.id


async def test_waiting_ends_with_an_empty_list_and_the_place_to_go_on(gate: Gate, agent: Client) -> None:
    gate.house.send(gate.house.mailbox("other@example.com"))
    last = gate.house.told()[-1].seq
    answer = (await agent.get("/v1/events/wait?timeout=0")).json()
    assert (answer["data"], answer["has_more"], answer["next_cursor"]) == ([], False, str(last))


async def test_nobody_waits_for_a_gateway_that_closes(gate: Gate, agent: Client) -> None:
    waiting = asyncio.create_task(agent.get("/v1/events/wait?timeout=60"))
    await gate.change.waits.acquire()
    gate.app.state.closing.set()
    assert (await waiting).json()["data"] == []


@pytest.mark.parametrize("value", ["-1", "x", "1.5", "\u00b2", "9" * 16])
async def test_a_stream_goes_on_only_from_a_place_that_can_be(agent: Client, value: str) -> None:
    headers = {"last-event-id": value.encode("utf-8")}
    answer = await agent.get("/v1/events/stream", headers=headers)
    assert (answer.status_code, answer.json()["field"]) == (422, "Last-Event-ID")


async def opened(stream: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
    """The events of a stream, each as its fields."""
    fields: dict[str, Any] = {}
    async for line in stream.aiter_lines():
        name, _, value = line.partition(": ")
        if line.startswith(":"):
            fields[":"] = value
        elif name:
            fields[name] = value
        elif fields:
            yield fields
            fields = {}


async def test_a_stream_brings_events_as_they_happen_and_takes_up_again_where_it_was(
    gate: Gate, mailbox: Mailbox, key: str, server: ApiServer
) -> None:
    headers = {"authorization": f"Bearer {key}"}
    url = f"http://127.0.0.1:{server.port}/v1/events/stream?type=message.queued"
    async with httpx2.AsyncClient(headers=headers, timeout=10) as client:
        async with client.stream("GET", url) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = opened(stream)
            assert ":" in await anext(lines)
            first = gate.house.send(mailbox).message
            event = await anext(lines)
            told = json.loads(event["data"])
            assert (event["event"], event["id"]) == ("message.queued", str(told["seq"]))
            assert told["data"]["message_id"] == first.id
        second = gate.house.send(mailbox).message
        async with client.stream("GET", url, headers={"last-event-id": event["id"]}) as stream:
            lines = opened(stream)
            await anext(lines)
            assert json.loads((await anext(lines))["data"])["data"]["message_id"] == second.id


async def test_a_silent_stream_shows_that_it_lives_and_ends_when_its_key_is_revoked(
    gate: Gate, key: str, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SIGN_OF_LIFE", 0.01)
    url = f"http://127.0.0.1:{server.port}/v1/events/stream"
    async with (
        httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}, timeout=10) as client,
        client.stream("GET", url) as stream,
    ):
        lines = stream.aiter_lines()
        assert await anext(lines) == ": following"
        while await anext(lines) != ":":
            pass
        operator = gate.operator()
        for each in (await operator.get("/v1/keys")).json()["data"]:
            if each["scopes"] == ["read"]:
                await operator.post(f"/v1/keys/{each['id']}/revoke")
        assert {line async for line in lines} <= {"", ":"}
