"""No session of the door waits for ever for something of ours."""

import asyncio
import errno
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import SmtpDoor
from loftbox_cli.edge.smtp_in.connection import Connection
from loftbox_cli.edge.system import journal_log
from tests.edge.smtp_peer import (
    AGAIN,
    PATIENCE,
    Intake,
    Peer,
    certificate,
    connected,
    open_door,
    until_no_session,
)

SMALLEST = 1  # octets; the system takes the smallest buffer that it has
TRANSACTION = b"".join(
    [
        b"EHLO peer.test\r\nMAIL FROM:<writer@peer.test>\r\n",
        *(b"RCPT TO:<agent+%d@loftbox.test>\r\n" % number for number in range(99)),
        b"RSET\r\n",
    ]
)


class CancelledIntake(Intake):
    """Stands for a store that closes while a message is on its way into it."""

    async def accept(self, arrival: Arrival) -> RequestId:
        raise asyncio.CancelledError(arrival.request_id)


class FullDisk:
    """Standard error when it is a file on a disk that is full."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, text)

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def isatty(self) -> bool:
        return False


@pytest.fixture
def full_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "stderr", FullDisk())
    journal_log.configure("json", "info")
    structlog.configure(cache_logger_on_first_use=False)  # the loggers of this process outlive the test
    yield
    structlog.reset_defaults()


@pytest.mark.rule("I17")
async def test_a_message_whose_saving_was_broken_off_ends_the_session_without_a_250() -> None:
    async with open_door(CancelledIntake()) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\n")
        assert (await peer.line()).startswith("421 ")
        assert await peer.line() == ""
        await until_no_session(door)
        assert door._terms.budget.held == 0


@pytest.mark.rule("I20")
@pytest.mark.usefixtures("full_log")
async def test_a_log_that_cannot_be_written_costs_no_reply() -> None:
    async with open_door(Intake()) as door, connected(door) as peer:
        assert (await peer.message(b"one\r\n", mail_from="full@peer.test")).startswith("452 4.3.1 ")
        assert (await peer.message(b"one\r\n", mail_from="broken@peer.test")).startswith("451 4.3.0 ")
        for _ in range(2):  # the second is logged as the same again
            assert (await peer.message(AGAIN)).startswith("250 2.0.0 ")


@pytest.mark.rule("A4")
@pytest.mark.rule("I12")
async def test_replies_that_were_not_read_before_tls_do_not_hold_up_what_comes_after(tmp_path: Path) -> None:
    async with open_door(Intake(), tls=certificate(tmp_path)) as door, slow_reader(door) as peer:
        await peer.say(TRANSACTION * 30 + b"STARTTLS\r\n")
        session = await first_session(door)
        async with asyncio.timeout(PATIENCE):
            while not session._choked:  # noqa: ASYNC110 - the door has no event to say it with
                await asyncio.sleep(0)
        while not (await peer.line()).startswith("220 2.0.0 "):
            pass
        await peer.start_tls()
        assert (await peer.ask("NOOP")).startswith("250 ")


@asynccontextmanager
async def slow_reader(door: SmtpDoor) -> AsyncIterator[Peer]:
    """A peer between whose socket and the door's there is hardly any room."""
    assert door._server is not None
    door._server.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALLEST)
    end = socket.socket()
    end.setblocking(False)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALLEST)
    await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", door.port))
    reader, writer = await asyncio.open_connection(sock=end)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


async def first_session(door: SmtpDoor) -> Connection:
    while not door._sessions:  # noqa: ASYNC110 - the door has no event to say it with
        await asyncio.sleep(0)
    (session,) = door._sessions
    return session
