"""Who may do what: each key reaches what its scopes allow and, of that, what belongs to its owner."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.api_kit import Gate, opened_gate
from tests.edge.api_scopes import estate, filled


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(
    "body",
    [
        {"mailbox": "theirs@example.com", "to": ["jane@peer.test"], "text": "Hi."},
        {"mailbox": "postmaster", "to": ["jane@peer.test"], "text": "Hi."},
        {
            "mailbox": "mine@example.com",
            "to": ["jane@peer.test"],
            "text": "Hi.",
            "in_reply_to": "{message_id}",
        },
    ],
    ids=["its mailbox", "the operator's mailbox", "an answer to its message"],
)
async def test_nobody_sends_in_the_name_of_another(gate: Gate, body: dict[str, Any]) -> None:
    theirs, mine = estate(gate, "theirs"), estate(gate, "mine")
    answer = await gate.agent(mine.agent_id).post("/v1/messages", filled(body, theirs.things))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_agent_makes_webhooks_for_itself_alone(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs"), estate(gate, "mine")
    client = gate.agent(mine.agent_id)
    body = {"url": "https://hooks.peer.test/", "agent": theirs.agent_id}
    assert (await client.post("/v1/webhooks", body)).status_code == 404


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic YTpi",
        "Bearer lb_live_" + "0" * 72,
        "Bearer lb_live_\u00e9",
        "lb_live_" + "0" * 72,
    ],
)
async def test_whoever_shows_no_good_key_is_asked_for_one(gate: Gate, authorization: str) -> None:
    client = gate.client()
    headers = {"authorization": authorization.encode("latin-1")} if authorization else {}
    answer = await client.get("/v1/agents", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_whose_time_is_over_opens_nothing(gate: Gate) -> None:
    mine = estate(gate, "mine")
    client = gate.operator()
    body = {"owner_id": mine.agent_id, "name": "short", "scopes": ["read"], "expires_in": "1h"}
    made = (await client.post("/v1/keys", body)).json()
    agent = gate.client(made["key"])
    assert (await agent.get("/v1/agents")).status_code == 200
    gate.house.clock.advance(hours=1)
    assert (await agent.get("/v1/agents")).status_code == 401
    assert {key["state"] for key in (await client.get("/v1/keys")).json()["data"]} == {"live", "expired"}
