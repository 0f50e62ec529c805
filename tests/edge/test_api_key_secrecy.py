"""A key is told once, to who made it: no answer, no event and no line of the log has its secret."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from loftbox_cli.core.key import Scope
from tests.edge.api_kit import Gate, opened_gate
from tests.edge.api_scopes import UNENDING, estate, operations

pytestmark = pytest.mark.rule("D10")


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("spoilt", [False, True], ids=["a good key", "a key with a typing error"])
async def test_no_answer_event_or_line_of_the_log_repeats_a_key(gate: Gate, *, spoilt: bool) -> None:
    mine = estate(gate, "mine")
    key = gate.key(gate.operator_id, Scope.READ, Scope.MANAGE, Scope.APPROVE)
    shown = key[:-1] + ("0" if key[-1] != "0" else "1") if spoilt else key
    secret = key[len("lb_live_") + 16 : -4]  # behind the id, which is no secret
    client = gate.client(shown)
    with capture_logs() as lines:
        answers = [
            await mine.request(operation).by(client)
            for name, operation in operations().items()
            if name != UNENDING
        ]
    assert len({each.status_code for each in answers}) > 1 or spoilt
    for text in (*(each.text for each in answers), *map(str, lines), *map(str, gate.house.told())):
        assert secret not in text
    assert not any(secret in str(row) for rows in gate.house.rows().values() for row in rows)
