"""The whole gateway and a real Postfix: a message goes out, its answer comes back from swaks, and is told."""

from base64 import encodebytes
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
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
FILE = bytes(range(256)) * 3
WITH_FILE = (
    f"From: {READER}\r\nTo: {FREE}\r\nSubject: The plan\r\nMessage-ID: <plan@postfix.test>\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=part\r\n\r\n"
    "--part\r\nContent-Type: text/plain\r\n\r\n.\r\n..dots \r\nFrom the start\r\n"
    "--part\r\nContent-Type: application/octet-stream; name=plan.bin\r\n"
    "Content-Disposition: attachment; filename=plan.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    f"{encodebytes(FILE).decode().replace(chr(10), chr(13) + chr(10))}--part--\r\n"
).encode()
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


@pytest.mark.rule("O22")
async def test_the_tenth_answer_names_the_whole_conversation_at_the_next_hop(
    served: Served, hand: Hand, tmp_path: Path
) -> None:
    async with (
        api(served.gateway, served.keys.agent) as agent,
        api(served.gateway, served.keys.operator) as operator,
    ):
        first = {"mailbox": FREE, "to": [READER], "subject": "Your order", "text": "It left today."}
        sent = (await agent.post("/v1/messages", json=first)).json()
        thread = sent["thread_id"]
        line = [sent["rfc_message_id"]]
        kept, place = await hand.message(), 0
        for number in range(1, 11):
            theirs = f"<{number}@postfix.test>"
            mail = (
                f"From: {READER}\r\nTo: {FREE}\r\nSubject: Re: Your order\r\nMessage-ID: {theirs}\r\n"
                f"In-Reply-To: {line[-1]}\r\nReferences: {' '.join(line)}\r\n\r\nQuestion {number}\r\n"
            )
            await swaks(served.peer.port, READER, FREE, mail.encode(), folder=tmp_path)
            received = await event(agent, "message.reply.received", after=place)
            place = received["seq"]
            said = {"text": f"Answer {number}"}
            answer = await agent.post(f"/v1/messages/{received['data']['message_id']}/reply", json=said)
            sent = answer.json()
            assert (answer.status_code, sent["thread_id"]) == (202, thread), answer.text
            await let_go(operator, sent)
            kept = await hand.message()
            line += [theirs, sent["rfc_message_id"]]
        raw = (await agent.get(f"/v1/messages/{sent['id']}/raw")).content
    read = message_from_bytes(kept)
    assert read["Message-ID"] == line[-1]
    assert read["In-Reply-To"] == line[-2]
    assert read["References"].split() == line[:-1]
    assert len(line[:-1]) == 20
    # RFC 5322 section 2.1.1: a field of twenty ids is folded, and stays so on its way.
    assert max(map(len, kept.splitlines())) <= 998
    assert kept.endswith(raw)
    assert read.get_payload() == "Answer 10\r\n"


async def test_a_message_that_is_handed_on_reaches_the_next_hop_with_text_and_files_as_they_came(
    served: Served, hand: Hand, tmp_path: Path
) -> None:
    async with (
        api(served.gateway, served.keys.agent) as agent,
        api(served.gateway, served.keys.operator) as operator,
    ):
        await swaks(served.peer.port, READER, FREE, WITH_FILE, folder=tmp_path)
        received = await event(agent, "message.received")
        path = f"/v1/messages/{received['data']['message_id']}/forward"
        answer = await agent.post(
            path, json={"to": [f"other@{READER.partition('@')[2]}"], "text": "See below."}
        )
        sent = answer.json()
        assert answer.status_code == 202, answer.text
        await let_go(operator, sent)
        kept = await hand.message()
        raw = (await agent.get(f"/v1/messages/{sent['id']}/raw")).content
    assert kept.endswith(raw)
    read = message_from_bytes(kept, policy=default)
    assert (read["Subject"], read["In-Reply-To"]) == ("Fwd: The plan", None)
    assert read["References"] == "<plan@postfix.test>"
    text, file = read.iter_parts()
    above, _, below = text.get_content().replace("\r\n", "\n").partition("\n\n")
    assert above == "See below."
    assert f"From: {READER}\n" in below
    assert "Subject: The plan\n" in below
    assert below.endswith("\n.\n..dots \nFrom the start")
    assert (file.get_filename(), file.get_content_type()) == ("plan.bin", "application/octet-stream")
    assert file.get_content() == FILE


async def let_go(operator: httpx2.AsyncClient, sent: Any) -> None:
    """Say yes to what waits for a person: so many answers in a row do."""
    if sent["state"] == "held":
        path = f"/v1/approvals/{sent['approval_id']}"
        revision = (await operator.get(path)).json()["revision"]
        approved = await operator.post(f"{path}/approve", json={"revision": revision})
        assert approved.status_code == 200, approved.text


async def event(agent: httpx2.AsyncClient, kind: str, *, after: int = 0) -> Any:
    """Wait for the first event of this kind after a place in the log."""
    found = await agent.get("/v1/events/wait", params={"type": kind, "after": after, "timeout": 15})
    return found.json()["data"][0]
