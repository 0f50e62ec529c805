"""Behind a proxy, and with a full disk."""

from pathlib import Path

import httpx2
import pytest

from loftbox_cli.core.errors import DiskLow
from loftbox_cli.core.mailbox import Oversight
from tests.edge.api_kit import opened_gate


@pytest.mark.parametrize(
    ("peer", "status"),
    [
        ("127.0.0.1", 200),
        ("10.1.2.3", 200),
        ("::ffff:10.1.2.3", 200),
        ("10.2.0.1", 403),
        ("2001:db8::1", 403),
    ],
)
async def test_with_trusted_proxies_nobody_else_gets_in(tmp_path: Path, peer: str, status: int) -> None:
    with opened_gate(tmp_path, trusted_proxies=("10.1.0.0/16",)) as gate:
        transport = httpx2.ASGITransport(gate.app, client=(peer, 4711))
        async with httpx2.AsyncClient(transport=transport, base_url="http://api.test") as client:
            assert (await client.get("/healthz")).status_code == status


@pytest.mark.rule("F3")
async def test_with_too_little_room_nothing_is_promised_and_reading_goes_on(tmp_path: Path) -> None:
    def full() -> None:
        raise DiskLow("the disk is nearly full")

    with opened_gate(tmp_path, check_room=full) as gate:
        mailbox = gate.house.mailbox("help@example.test", oversight=Oversight.AUTONOMOUS)
        assert mailbox.agent_id is not None
        agent = gate.agent(mailbox.agent_id)
        body = {"mailbox": mailbox.id, "to": ["jane@example.org"], "text": "hello"}
        assert (await agent.post("/v1/messages", body)).status_code == 507
        assert (await agent.get("/v1/messages")).json()["data"] == []
