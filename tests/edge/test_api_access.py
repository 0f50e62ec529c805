"""Who may do what: each key reaches what its scopes allow and, of that, what belongs to its owner."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from tests.edge.api_kit import Gate, document, opened_gate
from tests.services.house import letter

ROUTES: dict[str, tuple[str, str, Any]] = {
    "agents.list": ("GET", "/v1/agents", None),
    "agents.create": ("POST", "/v1/agents", {"name": "n", "purpose": "p", "owner": "o"}),
    "agents.retrieve": ("GET", "/v1/agents/{agent}", None),
    "mailboxes.list": ("GET", "/v1/mailboxes", None),
    "mailboxes.create": ("POST", "/v1/mailboxes", {"address": "x@example.com", "agent": "{agent}"}),
    "mailboxes.retrieve": ("GET", "/v1/mailboxes/{mailbox}", None),
    "mailboxes.update": ("PATCH", "/v1/mailboxes/{mailbox}", {"oversight": "autonomous"}),
    "domains.list": ("GET", "/v1/domains", None),
    "domains.create": ("POST", "/v1/domains", {"name": "other.example", "use_case": "u"}),
    "domains.retrieve": ("GET", "/v1/domains/example.com", None),
    "domains.records": ("GET", "/v1/domains/example.com/records", None),
    "domains.verify": ("POST", "/v1/domains/example.com/verify", None),
    "policies.list": ("GET", "/v1/policies", None),
    "policies.create": ("POST", "/v1/policies", {"source": "{policy}"}),
    "policies.retrieve": ("GET", "/v1/policies/gated_all", None),
    "policies.update": ("PATCH", "/v1/policies/orders", {"source": "{policy}"}),
    "policies.bind": ("POST", "/v1/policies/orders/bind", {"scope": "all"}),
    "policies.unbind": ("POST", "/v1/policies/orders/unbind", {"scope": "all"}),
    "policies.evaluate": (
        "POST",
        "/v1/policies/evaluate",
        {"mailbox": "{mailbox}", "to": ["jane@peer.test"], "text": "Hi."},
    ),
    "messages.send": (
        "POST",
        "/v1/messages",
        {"mailbox": "{mailbox}", "to": ["jane@peer.test"], "text": "Hi."},
    ),
    "messages.reply": ("POST", "/v1/messages/{message}/reply", {"text": "Hi."}),
    "messages.list": ("GET", "/v1/messages", None),
    "messages.retrieve": ("GET", "/v1/messages/{message}", None),
    "messages.raw": ("GET", "/v1/messages/{message}/raw", None),
    "messages.attachment": ("GET", "/v1/messages/{message}/attachments/0", None),
    "threads.list": ("GET", "/v1/threads", None),
    "threads.retrieve": ("GET", "/v1/threads/{thread}", None),
    "events.list": ("GET", "/v1/events", None),
    "events.retrieve": ("GET", "/v1/events/{event}", None),
    "events.wait": ("GET", "/v1/events/wait?timeout=0", None),
    "events.stream": ("GET", "/v1/events/stream", None),
    "approvals.list": ("GET", "/v1/approvals", None),
    "approvals.retrieve": ("GET", "/v1/approvals/{approval}", None),
    "approvals.approve": ("POST", "/v1/approvals/{approval}/approve", {"revision": 1}),
    "approvals.reject": ("POST", "/v1/approvals/{approval}/reject", {"revision": 1}),
    "webhooks.list": ("GET", "/v1/webhooks", None),
    "webhooks.create": ("POST", "/v1/webhooks", {"url": "https://hooks.peer.test/"}),
    "webhooks.retrieve": ("GET", "/v1/webhooks/{webhook}", None),
    "webhooks.notifications": ("GET", "/v1/webhooks/{webhook}/notifications", None),
    "webhooks.resend": ("POST", "/v1/webhooks/notifications/{notification}/resend", None),
    "keys.list": ("GET", "/v1/keys", None),
    "keys.create": ("POST", "/v1/keys", {"owner_id": "{agent}", "name": "k", "scopes": ["read"]}),
    "keys.revoke": ("POST", "/v1/keys/{key}/revoke", None),
    "status.retrieve": ("GET", "/v1/status", None),
}

# What a key with this one scope is refused for want of another, or because it is an agent's.
FOR_PEOPLE = {
    "policies.list",
    "policies.retrieve",
    "domains.list",
    "domains.retrieve",
    "domains.records",
    "status.retrieve",
}
FOR_MANAGERS = {
    "agents.create",
    "mailboxes.create",
    "mailboxes.update",
    "domains.create",
    "domains.verify",
    "policies.create",
    "policies.update",
    "policies.bind",
    "policies.unbind",
    "keys.list",
    "keys.create",
    "keys.revoke",
}
FOR_APPROVERS = {"approvals.approve", "approvals.reject"}
FOR_WHO_READS_OR_APPROVES = {"approvals.list", "approvals.retrieve"}
FOR_SENDERS = {"messages.send", "messages.reply", "policies.evaluate"}
MAKING_WEBHOOKS = {"webhooks.create", "webhooks.resend"}
OPEN_TO = {
    ("agent", Scope.SEND): FOR_SENDERS,
    ("agent", Scope.READ): ROUTES.keys()
    - FOR_PEOPLE
    - FOR_MANAGERS
    - FOR_APPROVERS
    - FOR_WHO_READS_OR_APPROVES
    - FOR_SENDERS,
    ("person", Scope.READ): ROUTES.keys() - FOR_MANAGERS - FOR_APPROVERS - FOR_SENDERS - MAKING_WEBHOOKS,
    ("person", Scope.APPROVE): FOR_APPROVERS | FOR_WHO_READS_OR_APPROVES,
    ("person", Scope.MANAGE): FOR_MANAGERS | MAKING_WEBHOOKS,
}


@dataclass
class Estate:
    """One agent's things, by what they are called in the routes."""

    agent_id: str
    things: dict[str, str]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


def estate(gate: Gate, address: str) -> Estate:
    """An agent that has one of everything."""
    house = gate.house
    mailbox = house.mailbox(address, oversight=Oversight.GATED_ALL)
    assert mailbox.agent_id is not None
    webhook = house.endpoint(agent_id=mailbox.agent_id)
    (message,) = house.receive(address, reading=letter())
    held = house.send(mailbox)
    assert held.approval is not None
    gate.key(mailbox.agent_id, Scope.READ)
    return Estate(
        mailbox.agent_id,
        {
            "policy": "name = 'orders'\n[[rule]]\nname = 'all'\ndecision = 'hold'",
            "agent": mailbox.agent_id,
            "mailbox": mailbox.id,
            "message": message.id,
            "thread": message.thread_id,
            "event": house.told()[-1].id,
            "approval": held.approval.id,
            "webhook": webhook.id,
            "notification": house.see(lambda tx: tx.notifications.all(endpoint_id=webhook.id))[0].id,
            "key": house.see(lambda tx: tx.keys.all(owner_id=mailbox.agent_id))[0].id,
        },
    )


def filled(value: Any, things: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(each, things) for name, each in value.items()}
    return value.format(**things) if isinstance(value, str) else value


def test_every_operation_stands_in_these_tables() -> None:
    operations = {each["operationId"] for path in document()["paths"].values() for each in path.values()}
    assert ROUTES.keys() == operations - {"health.check"}


@pytest.mark.parametrize(("kind", "scope"), OPEN_TO, ids=str)
async def test_a_key_may_do_what_its_scope_says_and_nothing_else(gate: Gate, kind: str, scope: Scope) -> None:
    mine = estate(gate, "help@example.com")
    client = gate.client(gate.key(mine.agent_id if kind == "agent" else gate.operator_id, scope))
    opened = set()
    for name, (method, path, body) in ROUTES.items():
        if name == "events.stream":
            continue  # it has no end that this transport could wait for; its key is looked at like wait's
        given = {} if body is None else {"json": filled(body, mine.things)}
        answer = await client.ask(method, filled(path, mine.things), **given)
        if answer.status_code == 403:
            assert answer.json()["code"] == "not_allowed"
        else:
            assert answer.status_code < 500
            opened.add(name)
    assert opened == OPEN_TO[kind, scope] - {"events.stream"}


async def test_what_belongs_to_another_agent_is_not_there(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs@example.com"), estate(gate, "mine@example.com")
    nothing = {thing: each[:-8] + "zzzzzzzz" for thing, each in theirs.things.items()}
    client = gate.agent(mine.agent_id)
    before = gate.house.rows()
    for name, (method, path, body) in ROUTES.items():
        if "{" not in path or name in FOR_MANAGERS | FOR_APPROVERS | FOR_WHO_READS_OR_APPROVES:
            continue  # refused to every agent, by the test above
        given = {} if body is None else {"json": body}
        foreign = await client.ask(method, filled(path, theirs.things), **given)
        nowhere = await client.ask(method, filled(path, nothing), **given)
        assert (foreign.status_code, nowhere.status_code) == (404, 404), name
        assert without_ids(foreign.text) == without_ids(nowhere.text), name
    assert gate.house.rows() == before


def without_ids(text: str) -> str:
    return re.sub(r"([a-z]+)_[0-9a-z]{16}", r"\1_", text)


async def test_nothing_of_another_agent_stands_in_a_list(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs@example.com"), estate(gate, "mine@example.com")
    client = gate.agent(mine.agent_id)
    for noun in ("agents", "mailboxes", "messages", "threads", "events", "webhooks"):
        answer = await client.get(f"/v1/{noun}")
        assert answer.json()["data"], noun
        for thing in theirs.things.values():
            assert thing not in answer.text, noun


@pytest.mark.parametrize(
    "body",
    [
        {"mailbox": "theirs@example.com", "to": ["jane@peer.test"], "text": "Hi."},
        {"mailbox": "postmaster", "to": ["jane@peer.test"], "text": "Hi."},
        {"mailbox": "mine@example.com", "to": ["jane@peer.test"], "text": "Hi.", "in_reply_to": "{message}"},
    ],
    ids=["its mailbox", "the operator's mailbox", "an answer to its message"],
)
async def test_nobody_sends_in_the_name_of_another(gate: Gate, body: dict[str, Any]) -> None:
    theirs, mine = estate(gate, "theirs@example.com"), estate(gate, "mine@example.com")
    answer = await gate.agent(mine.agent_id).post("/v1/messages", filled(body, theirs.things))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_agent_makes_webhooks_for_itself_alone(gate: Gate) -> None:
    theirs, mine = estate(gate, "theirs@example.com"), estate(gate, "mine@example.com")
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
    mine = estate(gate, "mine@example.com")
    client = gate.operator()
    body = {"owner_id": mine.agent_id, "name": "short", "scopes": ["read"], "expires_in": "1h"}
    made = (await client.post("/v1/keys", body)).json()
    agent = gate.client(made["key"])
    assert (await agent.get("/v1/agents")).status_code == 200
    gate.house.clock.advance(hours=1)
    assert (await agent.get("/v1/agents")).status_code == 401
    assert {key["state"] for key in (await client.get("/v1/keys")).json()["data"]} == {"live", "expired"}
