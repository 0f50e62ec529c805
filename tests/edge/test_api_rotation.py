"""Other DKIM keys for a domain, by the API, with DNS as a dict."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.api_kit import Gate, opened_gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


async def test_the_next_keys_sign_when_a_look_has_seen_their_records(gate: Gate) -> None:
    operator = gate.operator()
    await operator.post("/v1/domains", {"name": "shop.example", "use_case": "answers"})
    path = "/v1/domains/shop.example"
    gate.zone.publish((await operator.get(f"{path}/records")).json()["data"])
    assert (await operator.post(f"{path}/verify", {})).json()["state"] == "verified"
    waiting = (await operator.post(f"{path}/rotate_dkim", {})).json()
    assert [key["phase"] for key in waiting["dkim"]] == ["signing", "signing", "next", "next"]
    assert (await operator.post(f"{path}/rotate_dkim", {})).status_code == 409
    not_yet = (await operator.post(f"{path}/verify", {})).json()
    assert (not_yet["state"], not_yet["dkim"]) == ("verified", waiting["dkim"])
    gate.zone.publish((await operator.get(f"{path}/records")).json()["data"])
    turned = (await operator.post(f"{path}/verify", {})).json()
    assert [key["phase"] for key in turned["dkim"]] == ["signing", "signing", "retired", "retired"]
    assert [key["may_go_at"] for key in turned["dkim"]][2:] == ["2026-11-28T09:41:02.000Z"] * 2
    assert turned["state"] == "verified"
