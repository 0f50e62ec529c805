"""Editing what waits through the API: another revision, and a conflict for who read the former one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from tests.edge.api_kit import Gate, opened_gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


def held(gate: Gate) -> str:
    passed = gate.house.send(gate.house.mailbox(oversight=Oversight.GATED_ALL))
    assert passed.approval is not None
    return f"/v1/approvals/{passed.approval.id}"


async def test_an_edit_shows_its_difference_and_the_former_revision_is_a_conflict(gate: Gate) -> None:
    path = held(gate)
    approver = gate.operator(Scope.APPROVE)
    body = {"revision": 1, "text": "It comes on Monday.", "to": ["Jane <jane@peer.test>", "joe@other.test"]}
    edited = (await approver.post(f"{path}/edit", {**body, "why": "clearer"})).json()
    assert (edited["state"], edited["revision"], edited["recipients"]) == ("pending", 2, 2)
    (revision,) = edited["revisions"]
    assert (revision["number"], revision["changed"], revision["why"]) == (2, ["to", "text"], "clearer")
    assert "+It comes on Monday." in revision["diff"]
    for verb, given in (("edit", body), ("approve", {"revision": 1}), ("reject", {"revision": 1})):
        stale = await approver.post(f"{path}/{verb}", given)
        assert (stale.status_code, stale.json()["code"]) == (409, "stale_revision")
    approved = await approver.post(f"{path}/approve", {"revision": 2})
    assert approved.json()["state"] == "approved"
    assert sorted(each.recipient for each in gate.house.claim()) == ["jane@peer.test", "joe@other.test"]


async def test_an_edit_with_its_yes_is_one_request(gate: Gate) -> None:
    path = held(gate)
    body = {"revision": 1, "subject": "Your order 4711", "approve": True}
    done = (await gate.operator(Scope.APPROVE).post(f"{path}/edit", body)).json()
    assert (done["state"], done["revision"], done["via"]) == ("approved", 2, "api")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"revision": 1}, None),
        ({"revision": 1, "to": ["a@x, b@y"]}, "to[0]"),
        ({"revision": 1, "subject": "a\nb"}, "subject"),
        ({"revision": 1, "from": "x@y.test", "text": "x"}, "from"),
        ({"text": "x"}, "revision"),
    ],
)
async def test_a_bad_edit_is_refused_with_its_field_and_changes_nothing(
    gate: Gate, body: dict[str, object], field: str | None
) -> None:
    path = held(gate)
    approver = gate.operator(Scope.APPROVE)
    before = gate.house.rows()
    refused = await approver.post(f"{path}/edit", body)
    assert refused.status_code == 422
    if field is not None:
        assert field in refused.text
    assert gate.house.rows() == before


@pytest.mark.rule("D6")
async def test_the_key_of_an_agent_edits_nothing(gate: Gate) -> None:
    path = held(gate)
    agent = gate.house.agent("other")
    refused = await gate.agent(agent.id).post(f"{path}/edit", {"revision": 1, "text": "x"})
    assert refused.status_code == 403
