"""Dialing a mail server of others: what open, refused and silent look like."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from loftbox_cli.core.doctor.port25 import Call, End
from loftbox_cli.edge.health.calling import call

HERE = "127.0.0.1"
PATIENCE = 5.0
AT_ONCE = 0.05


@asynccontextmanager
async def server(greeting: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []
    visits: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if visit := asyncio.current_task():
            visits.add(visit)
        with suppress(OSError):
            writer.write(greeting)
            heard.append(await reader.read(100))
        writer.transport.abort()

    listening = await asyncio.start_server(serve, HERE, 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1], heard
        if visits:
            await asyncio.wait(visits, timeout=PATIENCE)


async def test_a_server_that_greets_is_open_and_only_told_goodbye() -> None:
    async with server(b"220 mx.example ESMTP\r\n") as (port, heard):
        found = await call("mx.example", HERE, port, deadline=PATIENCE)
    assert found == Call("mx.example", HERE, End.OPEN, "220 mx.example ESMTP")
    assert heard == [b"QUIT\r\n"]


async def test_a_closed_port_is_refused_and_not_blocked() -> None:
    with socket.socket() as unused:
        unused.bind((HERE, 0))
        port = unused.getsockname()[1]
        assert (await call("mx.example", HERE, port, deadline=PATIENCE)).end is End.REFUSED


async def test_who_accepts_and_says_nothing_is_silent() -> None:
    async with server(b"") as (port, _):
        assert (await call("mx.example", HERE, port, deadline=AT_ONCE)).end is End.SILENT


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (OSError(errno.ENETUNREACH, "Network is unreachable"), End.UNREACHABLE),
        (OSError(errno.EPERM, "Operation not permitted"), End.UNREACHABLE),
        (TimeoutError(), End.SILENT),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), End.SILENT),
    ],
)
async def test_a_network_that_says_no_is_told_from_silence(
    error: OSError, end: End, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(asyncio, "open_connection", fail)
    assert (await call("mx.example", HERE, 25, deadline=PATIENCE)).end is end
