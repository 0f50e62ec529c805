"""What people and agents do with the API, from the first domain to the last event."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.key import Scope
from tests.edge.api_kit import HOST, Gate, document, opened_gate

OPERATIONS = {
    "agents": "list create retrieve",
    "mailboxes": "list create retrieve update",
    "domains": "list create retrieve update records verify rotate_dkim",
    "policies": "list create retrieve update bind unbind evaluate",
    "messages": "send reply reply_all forward cancel list retrieve raw attachment",
    "deliveries": "list retrieve retry cancel",
    "threads": "list retrieve",
    "events": "list retrieve wait stream",
    "approvals": "list retrieve approve reject edit",
    "webhooks": "list create retrieve notifications resend",
    "suppressions": "list retrieve add release",
    "keys": "list create revoke",
    "status": "retrieve",
    "health": "check",
}


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


async def test_an_agent_gets_a_mailbox_and_what_it_sends_leaves_when_a_person_approves(gate: Gate) -> None:
    operator = gate.operator()
    added = await operator.post("/v1/domains", {"name": "Example.com.", "use_case": "support replies"})
    assert added.status_code == 201
    domain = added.json()
    assert (domain["name"], domain["state"], domain["review"]) == ("example.com", "pending", "approved")
    assert "private" not in added.text

    early = await operator.post(f"/v1/domains/{domain['id']}/verify")
    assert early.json()["state"] == "pending"
    assert {each["verdict"] for each in early.json()["records"]} == {"no_such_name"}
    listed = (await operator.get(f"/v1/domains/{domain['id']}/records")).json()["data"]
    assert ("MX", "example.com", f"10 {HOST}") in {(r["kind"], r["name"], r["value"]) for r in listed}
    gate.zone.publish(listed)
    verified = (await operator.post("/v1/domains/example.com/verify")).json()
    assert (verified["state"], verified["capabilities"]) == ("verified", {"outbound": True, "inbound": True})

    agent = (
        await operator.post("/v1/agents", {"name": "helper", "purpose": "answers", "owner": "Anna"})
    ).json()
    mailbox = await operator.post(
        "/v1/mailboxes", {"address": "help@example.com", "agent": "helper", "display_name": "Help"}
    )
    assert (mailbox.status_code, mailbox.json()["oversight"]) == (201, "gated_all")
    key = await operator.post(
        "/v1/keys", {"owner_id": agent["id"], "name": "main", "scopes": ["send", "read"], "expires_in": "90d"}
    )
    helper = gate.client(key.json()["key"])

    sent = await helper.post(
        "/v1/messages",
        {
            "mailbox": "help@example.com",
            "to": ["Jane Doe <jane@peer.test>"],
            "bcc": ["audit@peer.test"],
            "subject": "Your order",
            "text": "It is on its way.",
            "metadata": {"order": "4711"},
            "labels": ["orders"],
        },
    )
    message = sent.json()
    assert (sent.status_code, message["state"]) == (202, "held")
    assert message["decision"]["reasons"] == ["oversight_gated_all"]
    assert message["decision"]["detail"]
    assert message["from"] == [{"address": "help@example.com", "name": "Help"}]
    assert message["request_id"] == sent.headers["x-request-id"]

    (waiting,) = (await operator.get("/v1/approvals?state=pending")).json()["data"]
    assert waiting["id"] == message["approval_id"]
    assert (waiting["rcpt_to"], waiting["recipients"]) == (["jane@peer.test", "audit@peer.test"], 2)
    assert waiting["content_sha256"] == message["content_sha256"]
    decision = {"revision": waiting["revision"], "why": "looks right"}
    approved = await operator.post(f"/v1/approvals/{waiting['id']}/approve", decision)
    assert (approved.json()["state"], approved.json()["via"]) == ("approved", "api")
    again = await operator.post(f"/v1/approvals/{waiting['id']}/approve", decision)
    assert again.json() == approved.json()

    after = (await helper.get(f"/v1/messages/{message['id']}")).json()
    assert (after["state"], after["decision"]["answer"]) == ("queued", "allow")
    assert [each["recipient"] for each in after["deliveries"]] == ["jane@peer.test", "audit@peer.test"]
    assert [each["tries"] for each in after["deliveries"]] == [[], []]
    thread = (await helper.get(f"/v1/threads/{message['thread_id']}")).json()
    assert (thread["total"], [each["id"] for each in thread["messages"]["data"]]) == (1, [message["id"]])
    told = (await helper.get("/v1/events?order=asc")).json()["data"]
    assert [event["type"] for event in told] == [
        "policy.evaluated",
        "message.held",
        "approval.requested",
        "approval.approved",
        "policy.evaluated",
        "message.queued",
        "message.queued",
    ]
    status = (await operator.get("/v1/status")).json()
    assert (status["held"], status["queued"], status["domains"][0]["state"]) == (0, 2, "verified")


async def test_a_rejected_message_never_leaves(gate: Gate) -> None:
    mailbox = gate.house.mailbox(oversight=gate.house.operator.oversight)
    held = gate.house.send(mailbox)
    assert held.approval is not None
    path = f"/v1/approvals/{held.approval.id}"
    operator = gate.operator(Scope.APPROVE)
    rejected = await operator.post(f"{path}/reject", {"revision": 1, "why": "not to them"})
    assert (rejected.json()["state"], rejected.json()["why"]) == ("rejected", "not to them")
    late = await operator.post(f"{path}/approve", {"revision": 1})
    assert (late.status_code, late.json()["code"]) == (409, "approval_already_decided")
    assert gate.house.message(held.message.id).state == "rejected"
    assert (await operator.get(path)).json()["rcpt_to"] == ["jane@peer.test"]


async def test_a_decision_about_a_revision_that_nobody_reads_is_a_conflict(gate: Gate) -> None:
    held = gate.house.send(gate.house.mailbox(oversight=gate.house.operator.oversight))
    assert held.approval is not None
    answer = await gate.operator().post(f"/v1/approvals/{held.approval.id}/approve", {"revision": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_revision")


async def test_oversight_is_set_by_people(gate: Gate) -> None:
    gate.house.mailbox("help@example.com", oversight=gate.house.operator.oversight)
    path = "/v1/mailboxes/help@example.com"
    changed = await gate.operator().ask("PATCH", path, json={"oversight": "autonomous"})
    assert changed.json()["oversight"] == "autonomous"
    assert (await gate.operator().get(path)).json() == changed.json()


async def test_a_webhook_secret_is_shown_once_and_opens_with_the_master_key(gate: Gate) -> None:
    mailbox = gate.house.mailbox()
    assert mailbox.agent_id is not None
    agent = gate.agent(mailbox.agent_id, Scope.READ)
    made = await agent.post("/v1/webhooks", {"url": "https://hooks.peer.test/", "events": ["message.queued"]})
    assert made.status_code == 201
    assert made.json()["agent_id"] == mailbox.agent_id
    path = f"/v1/webhooks/{made.json()['id']}"
    assert "whsec_" in made.text
    for answer in (await agent.get(path), await agent.get("/v1/webhooks")):
        assert "whsec_" not in answer.text
    stored = gate.house.see(lambda tx: tx.endpoint_secrets.all())
    assert [len(gate.sealer.open(each.sealed, purpose="webhook")) for each in stored] == [32]

    gate.house.send(mailbox)
    (notification,) = (await agent.get(f"{path}/notifications")).json()["data"]
    assert (notification["event_type"], notification["state"]) == ("message.queued", "pending")
    again = await agent.post(f"/v1/webhooks/notifications/{notification['id']}/resend")
    assert again.status_code == 202
    assert again.json()["event_id"] == notification["event_id"]
    assert len((await agent.get(f"{path}/notifications")).json()["data"]) == 2


@pytest.mark.rule("D10")
async def test_a_revoked_key_opens_nothing_from_then_on(gate: Gate) -> None:
    operator, other = gate.operator(), gate.operator(Scope.READ)
    assert (await other.get("/v1/agents")).status_code == 200
    listed = (await operator.get("/v1/keys")).json()["data"]
    (theirs,) = [key for key in listed if key["scopes"] == ["read"]]
    for _ in range(2):
        revoked = await operator.post(f"/v1/keys/{theirs['id']}/revoke")
        assert revoked.json()["state"] == "revoked"
    assert (await other.get("/v1/agents")).status_code == 401


async def test_lists_come_in_pages_from_both_ends(gate: Gate) -> None:
    for number in range(5):
        gate.house.agent(f"agent {number}")
    operator = gate.operator()
    for order, expected in (("asc", "01234"), ("desc", "43210")):
        names, cursor = "", ""
        while True:
            page = (await operator.get(f"/v1/agents?limit=2&order={order}&cursor={cursor}")).json()
            names += "".join(each["name"][-1] for each in page["data"])
            assert page["has_more"] is (page["next_cursor"] is not None)
            if not page["has_more"]:
                break
            cursor = page["next_cursor"]
        assert names == expected


def test_the_document_names_operations_as_the_product_does() -> None:
    operations = {each["operationId"] for path in document()["paths"].values() for each in path.values()}
    assert operations == {f"{noun}.{verb}" for noun, verbs in OPERATIONS.items() for verb in verbs.split()}


async def test_health_needs_no_key_and_everything_else_does(gate: Gate) -> None:
    assert (await gate.client().get("/healthz")).json() == {"status": "ok"}
    for path in ("/v1/agents", "/v1/nothing", "/", "/docs"):
        assert (await gate.client().get(path)).status_code == 401
