"""The whole gateway and a real Postfix: a message goes out, its answer comes back from swaks, and is told."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes
from pathlib import Path
from typing import Any

import httpx2
import pytest

from loftbox_cli.edge.simulator.zone_server import ZoneServer
from tests.peers.conftest import StartPostfix
from tests.peers.dkim_verify import mail_dkim_verdicts
from tests.peers.hand import Hand
from tests.peers.postfix import Postfix, free_port
from tests.peers.swaks import swaks
from tests.serve.gateway import LOOPBACK, Gateway, api, new_gateway
from tests.serve.prepared import DOMAIN, FREE, Keys, prepare

pytestmark = pytest.mark.peer

READER = "reader@postfix.test"
ZONE = {("postfix.test", "MX"): ["10 mx.postfix.test"], ("mx.postfix.test", "A"): [LOOPBACK]}


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that runs, and the Postfix that is its whole world; `zone` has the DKIM records by name."""

    gateway: Gateway
    keys: Keys
    peer: Postfix
    zone: dict[str, str]


@pytest.fixture
async def served(postfix: StartPostfix, hand: Hand, tmp_path: Path) -> AsyncIterator[Served]:
    # Each has to know the other's port before it starts.
    port = free_port()
    peer = postfix({"postfix.test": hand.route, DOMAIN: f"smtp:[{LOOPBACK}]:{port}"})
    dns = ZoneServer(ZONE)
    await dns.open()
    gateway = new_gateway(
        tmp_path,
        smtp={"host": LOOPBACK, "port": port},
        dns={"servers": [f"{LOOPBACK}:{dns.port}"]},
        delivery={"port": peer.port, "allow_networks": ["127.0.0.0/8"]},
    )
    try:
        made = await gateway.run("init")
        assert made.code == 0, made.err
        with gateway.opened(alone=True) as loftbox:
            keys = prepare(loftbox)
            (domain,) = loftbox.store.glance(lambda tx: tx.domains.all())
            records = loftbox.records(domain)
        await gateway.start()
        yield Served(
            gateway, keys, peer, {each.name: each.value for each in records if "_domainkey" in each.name}
        )
    finally:
        await gateway.close()
        await dns.close()


async def test_a_message_goes_through_postfix_and_its_answer_joins_the_thread(
    served: Served, hand: Hand, tmp_path: Path
) -> None:
    async with api(served.gateway, served.keys.agent) as agent:
        message = {"mailbox": FREE, "to": [READER], "subject": "Your order", "text": "It left today."}
        answer = await agent.post("/v1/messages", json=message)
        sent = answer.json()
        assert answer.status_code == 202, answer.text

        kept = await hand.message()
        assert message_from_bytes(kept)["Message-ID"] == sent["rfc_message_id"]
        assert any(
            verdict.startswith(DOMAIN) and verdict.endswith(" pass")
            for verdict in mail_dkim_verdicts(kept, served.zone)
        )
        delivered = await event(agent, "message.delivered")
        assert "queued as" in delivered["data"]["words"]

        reply = (
            f"From: {READER}\r\nTo: {FREE}\r\nSubject: Re: Your order\r\nMessage-ID: <one@postfix.test>\r\n"
            f"In-Reply-To: {sent['rfc_message_id']}\r\n\r\nThank you.\r\n"
        )
        await swaks(served.peer.port, READER, FREE, reply.encode(), folder=tmp_path)
        received = await event(agent, "message.reply.received")
        assert received["thread_id"] == sent["thread_id"]
        assert received["data"]["reply_text"].strip() == "Thank you."
    assert await served.gateway.daemon.stop() == 0


async def event(agent: httpx2.AsyncClient, kind: str) -> Any:
    """Wait for the first event of this kind."""
    found = await agent.get("/v1/events/wait", params={"type": kind, "after": 0, "timeout": 15})
    (told,) = found.json()["data"]
    return told
