"""Where the mail of a domain goes, chosen by the API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.api_kit import Gate, opened_gate

PATH = "/v1/domains/example.com"
URL = "smtp+tls://agent@smtp.example.net:587"


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        opened.house.domain()
        yield opened


@pytest.mark.rule("O30")
async def test_a_smarthost_is_chosen_with_its_password_which_nobody_sees_again(gate: Gate) -> None:
    operator = gate.operator()
    body = {"smarthost": URL, "password": "secret"}
    chosen = await operator.ask("PATCH", PATH, json=body)
    assert (chosen.status_code, chosen.json()["route"]) == (200, URL)
    assert "secret" not in chosen.text + (await operator.get(PATH)).text
    (route,) = gate.house.see(lambda tx: tx.domain_routes.all())
    assert gate.sealer.open(route.password, purpose=route.seal_purpose) == b"secret"
    (change,) = gate.house.see(lambda tx: tx.changes.all(action="domain.routed"))
    assert (change.by, change.via) == (gate.operator_id, "api")
    again = await operator.ask("PATCH", PATH, json={"smarthost": "default"})
    assert again.json()["route"] == "default"


@pytest.mark.parametrize(
    "body",
    [{"smarthost": URL}, {"smarthost": "direct", "password": "secret"}, {"smarthost": "somewhere"}, {}],
)
async def test_a_way_that_cannot_work_is_refused_and_its_password_not_repeated(
    gate: Gate, body: dict[str, str]
) -> None:
    refused = await gate.operator().ask("PATCH", PATH, json=body)
    assert refused.status_code == 422
    assert "secret" not in refused.text
    assert gate.house.see(lambda tx: tx.domain_routes.all()) == []
