"""A peer that is done for us, and does not let go, keeps its connection for a short while only."""

import asyncio
import socket
from pathlib import Path

import pytest

from loftbox_cli.edge.smtp_in import SmtpDoor, connection
from tests.edge.smtp_peer import Intake, certificate, connected, open_door, until_no_session

ASKED = 90  # greetings, whose answers are more than the buffers below hold
SMALLEST = 1  # octets; the system takes the smallest buffer that it has


@pytest.fixture(autouse=True)
def _short_farewell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_FAREWELL", 0.02)


async def test_a_tls_peer_that_does_not_close_is_cut_off(tmp_path: Path) -> None:
    async with open_door(Intake(), tls=certificate(tmp_path)) as door, connected(door) as peer:
        assert (await peer.ask("STARTTLS")).startswith("220 ")
        await peer.start_tls()
        assert (await peer.ask("EHLO peer.test")).startswith("250 ")
        peer.stop_listening()
        await peer.say(b"QUIT\r\n")
        await until_no_session(door)
        peer.writer.transport.abort()


async def test_a_peer_that_does_not_read_its_last_words_is_cut_off() -> None:
    loop = asyncio.get_running_loop()
    async with open_door(Intake()) as door:
        _listener(door).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALLEST)
        with socket.socket() as peer:
            peer.setblocking(False)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST)
            await loop.sock_connect(peer, ("127.0.0.1", door.port))
            await loop.sock_sendall(peer, b"EHLO peer.test\r\n" * ASKED + b"QUIT\r\n")
            (session,) = await _sessions(door)
            await session.over
            waiting = session._transport.get_write_buffer_size()
            await until_no_session(door)
    assert waiting > 0


def _listener(door: SmtpDoor) -> socket.socket:
    assert door._server is not None
    listener: socket.socket = door._server.sockets[0]
    return listener


async def _sessions(door: SmtpDoor) -> tuple[connection.Connection, ...]:
    while not door._sessions:  # noqa: ASYNC110 - the door has no event to say it with, and needs none
        await asyncio.sleep(0)
    return tuple(door._sessions)
