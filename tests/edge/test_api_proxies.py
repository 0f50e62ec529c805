"""Behind a proxy, with bad keys, and with a full disk."""

from ipaddress import ip_network
from pathlib import Path

import httpx2
import pytest

from loftbox_cli.core.errors import DiskLow
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.api.front import MOST_BAD_KEYS
from loftbox_cli.edge.api.proxies import client_of
from tests.edge.api_kit import Gate, opened_gate


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


PROXIES = [ip_network("10.1.0.0/16")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.1.0.1", [], "10.1.0.1"),
        ("10.1.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
        ("10.1.0.1", ["192.0.2.66", "198.51.100.1, 10.1.0.2"], "198.51.100.1"),
        ("127.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.1.0.1", ["nonsense"], "10.1.0.1"),
        ("10.1.0.1", ["198.51.100.1, nonsense, 10.1.0.2"], "10.1.0.2"),
    ],
)
def test_behind_a_proxy_the_last_address_that_is_not_ours_asks(
    peer: str, forwarded: list[str], client: str
) -> None:
    fields = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    scope = {"type": "http", "client": (peer, 4711), "headers": fields}
    assert client_of(scope, PROXIES) == client
    assert client_of(scope, []) == peer


@pytest.mark.rule("D10")
async def test_bad_keys_of_one_address_are_soon_sent_away_and_good_ones_never(tmp_path: Path) -> None:
    with opened_gate(tmp_path) as gate:
        good = gate.key(gate.operator_id, Scope.READ)
        bad = [f"Bearer lb_live_{'0' * 72}"] * (MOST_BAD_KEYS + 1)
        statuses = [await status_of(gate, key) for key in bad]
        assert statuses == [*[401] * MOST_BAD_KEYS, 429]
        assert await status_of(gate, f"Bearer {good}") == 200
        assert await status_of(gate, bad[0]) == 429
        assert await status_of(gate, bad[0], peer="203.0.113.10") == 401
        assert await status_of(gate, "") == 401  # who shows none is told what is missing


async def status_of(gate: Gate, authorization: str, *, peer: str = "203.0.113.9") -> int:
    transport = httpx2.ASGITransport(gate.app, client=(peer, 4711))
    headers = {"authorization": authorization} if authorization else {}
    async with httpx2.AsyncClient(transport=transport, base_url="http://api.test") as client:
        answer = await client.get("/v1/agents", headers=headers)
    assert ("retry-after" in answer.headers) is (answer.status_code == 429)
    return answer.status_code


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
