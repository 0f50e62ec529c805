"""The API on a real socket."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.key import Scope
from loftbox_cli.edge.api import events
from loftbox_cli.edge.api.deadline import LARGEST_HEAD, DeadlineProtocol
from loftbox_cli.edge.api.server import ApiServer
from loftbox_cli.edge.system.certificate import make_certificate, server_context
from loftbox_cli.edge.system.clock import SystemClock
from tests.edge.api_kit import Gate, opened_gate


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    with opened_gate(tmp_path) as opened:
        yield opened


@pytest.fixture
async def server(gate: Gate) -> AsyncIterator[ApiServer]:
    server = ApiServer(gate.app, host="127.0.0.1", port=0)
    await server.open()
    yield server
    await server.close(1)


async def said(server: ApiServer, *pieces: bytes, end: bool = False) -> bytes:
    """Say something on a connection of its own, and hear what comes until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    heard = bytearray()
    # Who closes with octets unread resets the connection (RFC 1122 section 4.2.2.13): an end like any other.
    with suppress(ConnectionError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if end:
            writer.write_eof()
        async with asyncio.timeout(10):
            while more := await reader.read(65_536):
                heard += more
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return bytes(heard)


async def test_it_listens_on_a_port_that_it_picks_and_says(server: ApiServer) -> None:
    async with httpx2.AsyncClient(timeout=10) as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/healthz")
        document = await client.get(f"http://127.0.0.1:{server.port}/openapi.json")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "server" not in answer.headers
    assert document.json()["openapi"].startswith("3.1")


async def test_a_port_that_is_taken_is_a_matter_of_configuration(gate: Gate, server: ApiServer) -> None:
    with pytest.raises(BadConfiguration, match=str(server.port)):
        await ApiServer(gate.app, host="127.0.0.1", port=server.port).open()


async def test_closing_ends_streams_and_idle_connections_without_waiting_for_them(gate: Gate) -> None:
    server = ApiServer(gate.app, host="127.0.0.1", port=0)
    await server.open()
    headers = {"authorization": f"Bearer {gate.key(gate.operator_id, Scope.READ)}"}
    async with httpx2.AsyncClient(headers=headers, timeout=10) as client:
        base = f"http://127.0.0.1:{server.port}"
        await client.get(f"{base}/healthz")
        async with client.stream("GET", f"{base}/v1/events/stream") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ": following"
            async with asyncio.timeout(10):
                await server.close(60)
            assert {line async for line in lines} <= {"", ":"}
    await server.close(1)


async def test_it_speaks_tls_with_the_context_that_it_is_given(gate: Gate, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, "localhost", now=SystemClock().now())
    server = ApiServer(gate.app, host="127.0.0.1", port=0, tls=server_context(certificate, key))
    await server.open()
    trusting = ssl.create_default_context(cafile=certificate)
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.port, ssl=trusting, server_hostname="localhost"
    )
    writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await server.close(1)
    assert answer.startswith(b"HTTP/1.1 200 ")


SLOW = {
    "silence": (),
    "a head without an end": (b"GET /healthz HTTP/1.1\r\nhost: a\r\n",),
    "a body that does not come": (b"POST /v1/agents HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{",),
}


@pytest.mark.rule("D13")
@pytest.mark.parametrize("pieces", SLOW.values(), ids=SLOW)
async def test_who_is_slow_is_sent_away(
    server: ApiServer, monkeypatch: pytest.MonkeyPatch, pieces: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr(DeadlineProtocol, "receive_within", 0.05)
    heard = await said(server, *pieces)
    # Without a key the answer comes before the body has; with the rest of it missing, that was the last.
    assert heard.split(b" ")[1] in (b"408", b"401")


async def test_a_request_in_time_is_not_cut_off_while_its_answer_takes_long(
    gate: Gate, server: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DeadlineProtocol, "receive_within", 0.05)
    monkeypatch.setattr(events, "SIGN_OF_LIFE", 0.04)
    headers = {"authorization": f"Bearer {gate.key(gate.operator_id, Scope.READ)}"}
    url = f"http://127.0.0.1:{server.port}/v1/events/stream"
    async with (
        httpx2.AsyncClient(headers=headers, timeout=10) as client,
        client.stream("GET", url) as stream,
    ):
        lines = stream.aiter_lines()
        assert [await anext(lines) for _ in range(8)] == [": following", "", ":", "", ":", "", ":", ""]


@pytest.mark.rule("D13")
async def test_a_head_has_a_limit(server: ApiServer) -> None:
    line = b"x-note: " + b"a" * 1_000 + b"\r\n"
    heard = await said(server, b"GET /healthz HTTP/1.1\r\nhost: a\r\n", line * (LARGEST_HEAD // 1_000 + 1))
    assert heard.startswith(b"HTTP/1.1 431 ")


SMUGGLED = {
    "two lengths": b"content-length: 4\r\ncontent-length: 5\r\n",
    "length and chunks": b"content-length: 4\r\ntransfer-encoding: chunked\r\n",
    "unknown encoding": b"transfer-encoding: identity, chunked, x\r\n",
    "a space before the colon": b"content-length : 4\r\n",
    "a folded field": b"x-note: a\r\n b\r\n",
}


@pytest.mark.rule("D13")
@pytest.mark.parametrize("fields", SMUGGLED.values(), ids=SMUGGLED)
async def test_a_request_whose_end_is_a_matter_of_opinion_is_refused(
    server: ApiServer, fields: bytes
) -> None:
    heard = await said(server, b"POST /healthz HTTP/1.1\r\nhost: a\r\n" + fields + b"\r\nabcd", end=True)
    assert heard.count(b"HTTP/1.1 ") == 1
    assert heard.split(b" ")[1] == b"400"
