"""The main story with real sockets, each signature checked by a library that others use for it."""

import asyncio
import base64
import contextlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
import standardwebhooks

from loftbox_cli.edge.simulator.judgement import dkim_verdicts
from loftbox_cli.edge.simulator.recipient import Mail, Recipient
from loftbox_cli.edge.simulator.webhook_receiver import Post, WebhookReceiver
from loftbox_cli.edge.simulator.zone_server import ZoneServer
from loftbox_cli.edge.system.clock import SystemClock
from tests.serve.daemon import PATIENCE
from tests.serve.gateway import HOSTNAME, LOOPBACK, Gateway, api, new_gateway

DOMAIN = "story.test"
HELP = f"help@{DOMAIN}"
JANE = "jane@customer.test"
ZONE = {
    ("customer.test", "MX"): ["10 mail.customer.test"],
    ("mail.customer.test", "A"): [LOOPBACK],
    (HOSTNAME, "A"): [LOOPBACK],
}


@dataclass(frozen=True, slots=True)
class World:
    """Everybody else, and the gateway's settings for them."""

    zone: ZoneServer
    recipient: Recipient
    receiver: WebhookReceiver
    gateway: Gateway


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    zone, receiver = ZoneServer(ZONE), WebhookReceiver(status=503)
    recipient = Recipient(hostname="mail.customer.test")
    async with contextlib.AsyncExitStack() as closing:
        for server in (zone, recipient, receiver):
            await server.open()
            closing.push_async_callback(server.close)
        gateway = new_gateway(
            tmp_path,
            dns={"servers": [f"{LOOPBACK}:{zone.port}"]},
            delivery={"port": recipient.port, "allow_networks": ["127.0.0.0/8"], "retry": ["200ms"]},
        )
        closing.push_async_callback(gateway.close)
        yield World(zone, recipient, receiver, gateway)


async def test_an_agent_writes_a_person_agrees_and_the_answer_comes_as_a_signed_webhook(world: World) -> None:
    gateway = world.gateway
    assert (await gateway.run("init")).code == 0
    daemon = await gateway.start()
    await verify(world)
    key, secret = await appoint(world)
    async with api(gateway, key) as agent:
        message = {"mailbox": HELP, "to": [JANE], "subject": "Your order", "text": "It left today."}
        answer = await agent.post("/v1/messages", json=message)
        sent = answer.json()
        assert (answer.status_code, sent["state"]) == (202, "held")
        assert world.recipient.received.items == ()
        approved = await gateway.run("approvals", "approve", sent["approval_id"], "--revision", "1")
        assert approved.code == 0, approved.err
        mail = await delivered(world)
        assert f"Message-ID: {sent['rfc_message_id']}\r\n".encode() in mail.content
        await answered(world, mail)
        await daemon.said("webhook posted", status=503)
        world.receiver.status = 200
        await daemon.said("webhook posted", status=200)
        for post in world.receiver.posts.items:
            check_signatures(post, secret)
        events = {post.headers["webhook-id"]: post.event for post in world.receiver.posts.items}
        (reply,) = events.values()
        assert (reply["type"], reply["thread_id"]) == ("message.reply.received", sent["thread_id"])
        assert reply["data"]["reply_text"] == "Leave it with the neighbour, please."
        thread = (await agent.get(f"/v1/threads/{sent['thread_id']}")).json()
        assert [each["direction"] for each in thread["messages"]["data"]] == ["outbound", "inbound"]
        log = (await agent.get("/v1/events", params={"thread_id": sent["thread_id"], "order": "asc"})).json()
    assert [event["type"] for event in log["data"]] == [
        "policy.evaluated",
        "message.held",
        "approval.requested",
        "approval.approved",
        "policy.evaluated",
        "message.queued",
        "message.delivered",
        "message.reply.received",
    ]
    assert await daemon.stop() == 0


async def verify(world: World) -> None:
    """Prove the domain: first nothing is published, then everything."""
    gateway = world.gateway
    added = await gateway.run("domain", "add", DOMAIN, "--use-case", "answers to customers")
    assert added.code == 0, added.err
    records, missing = await asyncio.gather(
        gateway.run("domain", "records", DOMAIN, "--zone"), gateway.run("domain", "verify", DOMAIN)
    )
    assert missing.code == 3
    world.zone.load(records.out)
    verified = await gateway.run("domain", "verify", DOMAIN)
    assert verified.code == 0, verified.out + verified.err


async def appoint(world: World) -> tuple[str, str]:
    """Give an agent a mailbox, a key and a webhook; answers the key and the webhook's secret."""
    gateway = world.gateway
    agent = await gateway.run("agent", "create", "bot")
    assert agent.code == 0, agent.err
    mailbox, key, webhook = await asyncio.gather(
        gateway.run("mailbox", "create", HELP, "--agent", "bot"),
        gateway.run("key", "create", "bot", "--scope", "send", "--scope", "read", "-q"),
        gateway.run("webhook", "create", world.receiver.url, "--event", "message.reply.received", "--json"),
    )
    for done in (mailbox, key, webhook):
        assert done.code == 0, done.err
    return key.out.strip(), webhook.json["secret"]


async def delivered(world: World) -> Mail:
    """Wait for the message and verify its DKIM signatures as its recipient does."""
    async with asyncio.timeout(PATIENCE):
        mail = await world.recipient.received.nth(1)
    assert mail.rcpt_to == (JANE,)
    assert mail.mail_from.endswith(f".{DOMAIN}")

    dns = world.zone.host, world.zone.port
    verdicts = await asyncio.to_thread(dkim_verdicts, mail.content, dns=dns)
    assert [(each.domain, each.algorithm, each.valid) for each in verdicts] == [
        (DOMAIN, "rsa-sha256", True),
        (DOMAIN, "ed25519-sha256", True),
    ]
    return mail


async def answered(world: World, mail: Mail) -> None:
    await world.recipient.reply(
        mail,
        "Leave it with the neighbour, please.",
        gateway=(LOOPBACK, world.gateway.smtp),
        date=SystemClock().now(),
        message_id="<answer@customer.test>",
    )


def check_signatures(post: Post, secret: str) -> None:
    """Check the headers with the public library, and the body's own field by its definition."""
    read = standardwebhooks.Webhook(secret).verify(post.body, dict(post.headers))
    assert read["id"] == post.headers["webhook-id"]
    event = json.loads(post.body)
    signature = event.pop("signature")
    # Keys are ASCII and numbers are integers: then this is what RFC 8785 writes.
    told = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert signature == f"v1={hmac.digest(key, told, sha256).hex()}"
