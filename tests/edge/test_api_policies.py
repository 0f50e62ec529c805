"""Policies over the API: people write them, agents ask what the gate would say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from tests.edge.api_kit import Gate, opened_gate

TEXT = """\
name = "orders"
[[rule]]
name = "strangers"
decision = "hold"
when.recipient.first_contact = true
[[rule]]
name = "refunds"
decision = "block"
when.context.step = "refund"
[[rule]]
name = "else"
decision = "allow"
"""


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


async def test_a_policy_is_written_bound_tried_and_changed(gate: Gate) -> None:
    mailbox = gate.house.mailbox()
    assert mailbox.agent_id is not None
    operator, agent = gate.operator(), gate.agent(mailbox.agent_id)
    added = await operator.post("/v1/policies", {"source": TEXT, "why": "a beginning"})
    assert added.status_code == 201
    assert [rule["when"] for rule in added.json()["rules"]] == [
        ["recipient.first_contact is true"],
        ["context.step is refund"],
        [],
    ]
    bound = await operator.post("/v1/policies/orders/bind", {"scope": "mailbox", "target": mailbox.address})
    assert bound.json()["bound_to"] == [mailbox.id]
    draft = {
        "mailbox": mailbox.address,
        "to": ["jane@peer.test"],
        "text": "Hi.",
        "context": {"step": "answer"},
    }
    said = (await agent.post("/v1/policies/evaluate", draft)).json()
    assert (said["answer"], said["reasons"]) == ("hold", ["strangers"])
    assert [(way["answer"], way["needs"]) for way in said["ways_out"]] == [
        ("allow", ["recipient.first_contact is false (jane@peer.test)"]),
    ]
    assert gate.house.see(lambda tx: tx.messages.count()) == 0
    sent = (await agent.post("/v1/messages", draft)).json()
    assert (sent["state"], sent["decision"]["reasons"]) == ("held", ["strangers"])
    refund = (await agent.post("/v1/messages", draft | {"context": {"step": "refund"}})).json()
    assert (refund["state"], refund["decision"]["reasons"]) == ("blocked", ["refunds"])
    laxer = TEXT.replace('"hold"', '"allow"')
    changed = await operator.ask("PATCH", "/v1/policies/orders", json={"source": laxer, "why": "trusted"})
    assert [each["version"] for each in changed.json()["versions"]] == [1, 2]
    assert (await agent.post("/v1/messages", draft)).json()["state"] == "queued"


async def test_a_mistake_names_the_line_and_the_field(gate: Gate) -> None:
    answer = await gate.operator().post(
        "/v1/policies", {"source": TEXT.replace("first_contact", "first_contct")}
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["detail"].startswith("line 5: there is no fact recipient.first_contct")
    assert problem["fix"] == "did you mean recipient.first_contact?"


@pytest.mark.parametrize("value", ["a\nb", "x" * 201, "\u202e\x1b[2J"])
async def test_what_a_caller_says_about_its_work_is_one_short_line(gate: Gate, value: str) -> None:
    mailbox = gate.house.mailbox()
    assert mailbox.agent_id is not None
    draft = {"mailbox": mailbox.address, "to": ["jane@peer.test"], "text": "Hi.", "context": {"step": value}}
    answer = await gate.agent(mailbox.agent_id).post("/v1/messages", draft)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_no_key_of_an_agent_sets_oversight_or_touches_a_policy(gate: Gate) -> None:
    mailbox = gate.house.mailbox(oversight=Oversight.GATED_ALL)
    assert mailbox.agent_id is not None
    agent = gate.client(gate.key(mailbox.agent_id, Scope.SEND, Scope.READ))
    before = gate.house.rows()
    for method, path, body in (
        ("PATCH", f"/v1/mailboxes/{mailbox.id}", {"oversight": "autonomous"}),
        ("POST", "/v1/policies", {"source": TEXT}),
        ("PATCH", "/v1/policies/orders", {"source": TEXT}),
        ("POST", "/v1/policies/orders/unbind", {"scope": "all"}),
    ):
        assert (await agent.ask(method, path, json=body)).status_code == 403
    assert gate.house.rows() == before


async def test_a_built_in_policy_can_be_read_by_its_name(gate: Gate) -> None:
    found = (await gate.operator().get("/v1/policies/gated_send")).json()
    assert (found["id"], found["built_in"]) == ("gated_send", True)
    assert found["source"].startswith("# The agent answers people whom it knows")
