import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx2
import pytest

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.webhook_signature import signed_body, signed_headers, spell_secret
from loftbox_cli.edge.simulator.judgement import webhook_fault
from loftbox_cli.edge.simulator.webhook_receiver import Post, WebhookReceiver

NOW = datetime(2026, 11, 21, 9, 44, 15, tzinfo=UTC)
SECRET = spell_secret(bytes(range(32)))
OTHER = spell_secret(bytes(32))
TOLD: dict[str, JSON] = {"id": "evt_1", "type": "message.received", "data": {"n": 1}, "signature": None}


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    server = WebhookReceiver()
    await server.open()
    yield server
    await server.close()


def signed(*secrets: str) -> Post:
    body = signed_body(TOLD, secrets)
    return Post("/events", signed_headers("evt_1", body, secrets, NOW), body)


async def test_it_keeps_each_post_and_answers_as_it_is_told(receiver: WebhookReceiver) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        first = await client.post(receiver.url, content=b'{"a": 1}', headers={"Webhook-Id": "evt_1"})
        receiver.status = 503
        second = await client.post(receiver.url, content=b"{}")
    assert (first.status_code, second.status_code) == (200, 503)
    post = await receiver.posts.nth(1)
    assert (post.path, post.headers["webhook-id"], post.event) == ("/events", "evt_1", {"a": 1})
    assert len(receiver.posts.items) == 2


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /events HTTP/1.1\r\n\r\n",
        b"POST /events HTTP/1.1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /events HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST /\xff HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_no_post_with_a_length_is_refused(receiver: WebhookReceiver, request_: bytes) -> None:
    reader, writer = await asyncio.open_connection(receiver.host, receiver.port)
    writer.write(request_)
    assert (await reader.readline()).startswith(b"HTTP/1.1 400 ")
    assert receiver.posts.items == ()
    writer.close()


async def test_a_sender_that_hangs_up_half_way_leaves_nothing(receiver: WebhookReceiver) -> None:
    _, writer = await asyncio.open_connection(receiver.host, receiver.port)
    writer.write(b"POST /events HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf")
    writer.close()
    await writer.wait_closed()
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(receiver.url, content=b"{}")
    assert [post.body for post in receiver.posts.items] == [b"{}"]


def test_a_signed_webhook_has_no_fault() -> None:
    assert webhook_fault(signed(SECRET), SECRET, now=NOW.timestamp()) == ""


def test_while_secrets_rotate_both_verify_the_headers() -> None:
    assert webhook_fault(signed(SECRET, OTHER), SECRET, now=NOW.timestamp()) == ""
    assert "body" in webhook_fault(signed(SECRET, OTHER), OTHER, now=NOW.timestamp())


@pytest.mark.parametrize(
    ("post", "secret", "fault"),
    [
        (signed(SECRET), OTHER, "no webhook-signature"),
        (replace(signed(SECRET), body=signed(SECRET).body + b" "), SECRET, "no webhook-signature"),
        (replace(signed(SECRET), headers={}), SECRET, "missing"),
        (Post("/", signed_headers("evt_1", b"[]", [SECRET], NOW), b"[]"), SECRET, "no JSON object"),
        (Post("/", signed_headers("evt_1", b"{}", [SECRET], NOW), b"{}"), SECRET, "no JSON object"),
        (
            replace(signed(SECRET), headers={**signed(SECRET).headers, "webhook-timestamp": "1"}),
            SECRET,
            "too far",
        ),
    ],
)
def test_a_forged_webhook_is_told_by_its_fault(post: Post, secret: str, fault: str) -> None:
    assert fault in webhook_fault(post, secret, now=NOW.timestamp())
