"""A person hears by mail what waits for them and answers by the link; what was tampered with stays here."""

import asyncio
import contextlib
import email
import email.policy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.simulator.recipient import Mail, Recipient
from loftbox_cli.edge.simulator.zone_server import ZoneServer
from loftbox_cli.edge.store.sqlite import connect
from loftbox_cli.wiring import STORE_FILE
from tests.serve.daemon import PATIENCE
from tests.serve.gateway import HOSTNAME, LOOPBACK, OPERATOR, Gateway, api, new_gateway

DOMAIN = "story.test"
HELP = f"help@{DOMAIN}"
JANE = "jane@customer.test"
PUBLIC = "https://approve.example.test"
ZONE = {
    ("customer.test", "MX"): ["10 mail.customer.test"],
    ("example.test", "MX"): ["10 mail.customer.test"],
    ("mail.customer.test", "A"): [LOOPBACK],
    (HOSTNAME, "A"): [LOOPBACK],
}


@dataclass(frozen=True, slots=True)
class World:
    """Everybody else, and the gateway."""

    zone: ZoneServer
    recipient: Recipient
    gateway: Gateway

    async def mail(self, number: int) -> Mail:
        async with asyncio.timeout(PATIENCE):
            return await self.recipient.received.nth(number)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    zone, recipient = ZoneServer(ZONE), Recipient(hostname="mail.customer.test")
    async with contextlib.AsyncExitStack() as closing:
        for server in (zone, recipient):
            await server.open()
            closing.push_async_callback(server.close)
        gateway = new_gateway(
            tmp_path,
            gateway={"notices": True},
            http={"public_url": PUBLIC},
            dns={"servers": [f"{LOOPBACK}:{zone.port}"]},
            delivery={"port": recipient.port},
        )
        closing.push_async_callback(gateway.close)
        yield World(zone, recipient, gateway)


async def appointed(world: World, oversight: Oversight) -> str:
    """A verified domain, an agent with a mailbox, and its key."""
    gateway = world.gateway
    for words in (
        ("domain", "add", DOMAIN, "--use-case", "answers to customers"),
        ("agent", "create", "bot"),
    ):
        assert (await gateway.run(*words)).code == 0
    world.zone.load((await gateway.run("domain", "records", DOMAIN, "--zone")).out)
    for words in (
        ("domain", "verify", DOMAIN),
        ("mailbox", "create", HELP, "--agent", "bot"),
        ("mailbox", "set", HELP, "--oversight", oversight.value),
    ):
        done = await gateway.run(*words)
        assert done.code == 0, done.err
    return (await gateway.run("key", "create", "bot", "--scope", "send", "--scope", "read", "-q")).out.strip()


async def sent(world: World, key: str) -> str:
    async with api(world.gateway, key) as agent:
        message = {"mailbox": HELP, "to": [JANE], "subject": "Your order", "text": "It left today."}
        answer = await agent.post("/v1/messages", json=message)
        assert answer.is_success, answer.text
        return str(answer.json()["id"])


@pytest.mark.rule("D4")
async def test_a_person_is_written_to_reads_and_answers_by_the_link_and_the_message_leaves(
    world: World,
) -> None:
    assert (await world.gateway.run("init", "--name", "Anna")).code == 0
    daemon = await world.gateway.start()
    key = await appointed(world, Oversight.GATED_ALL)
    await sent(world, key)
    notice = await world.mail(1)
    assert (notice.mail_from, notice.rcpt_to) == ("<>", (OPERATOR,))
    read = email.message_from_bytes(notice.content, policy=email.policy.default)
    assert read["auto-submitted"] == "auto-generated"
    body = read.get_content()
    assert JANE in body
    assert "| It left today." in body
    found = re.search(rf"{PUBLIC}(/approve/[0-9a-z]+)#([0-9a-z]+)", body)
    assert found is not None
    path, code = found.groups()
    headers = {"host": PUBLIC.removeprefix("https://")}
    async with httpx2.AsyncClient(base_url=world.gateway.url, trust_env=False, timeout=PATIENCE) as browser:
        shown = await browser.get(path, headers=headers)
        assert (shown.status_code, "It left today." in shown.text) == (200, True)
        assert (await browser.get(path)).status_code == 421
        done = await browser.post(path, data={"code": code, "answer": "approve"}, headers=headers)
        assert (done.status_code, "is approved by per_" in done.text) == (200, True)
    mail = await world.mail(2)
    assert mail.rcpt_to == (JANE,)
    assert await daemon.stop() == 0
    log = str(daemon.log)
    assert code not in log
    assert path.rpartition("/")[2] not in log


async def test_bytes_that_are_not_those_that_were_let_go_are_set_aside_and_never_sent(world: World) -> None:
    gateway = world.gateway
    assert (await gateway.run("init", "--name", "Anna")).code == 0
    await gateway.start()
    key = await appointed(world, Oversight.AUTONOMOUS)
    assert (await gateway.run("pause", "gateway")).code == 0
    message_id = await sent(world, key)
    connection = connect(gateway.store / STORE_FILE, writes=True, checkpoints=False)
    with contextlib.closing(connection):
        connection.execute(
            "UPDATE blobs SET raw = CAST(replace(CAST(raw AS TEXT), 'today', 'never') AS BLOB) "
            "WHERE sha256 = (SELECT blob FROM messages WHERE id = :id)",
            {"id": message_id},
        )
    assert (await gateway.run("resume", "gateway")).code == 0
    await gateway.daemon.said("delivery set aside")

    told = gateway.glance(lambda tx: tx.journal.after(0, 1_000, message_id=message_id))
    assert told[-1].type is EventType.MESSAGE_SET_ASIDE
    (delivery,) = gateway.glance(lambda tx: tx.deliveries.all(message_id=message_id))
    assert delivery.state is DeliveryState.SET_ASIDE
    assert world.recipient.received.items == ()
