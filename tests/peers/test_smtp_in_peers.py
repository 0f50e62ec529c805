"""The SMTP door meets programs that were written by others: swaks, Postfix, smtp-source."""

import asyncio
import contextlib
import itertools
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.errors import StoreBusy, UnknownRecipient
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import SmtpDoor
from tests.peers.conftest import StartPostfix
from tests.peers.hand import PATIENCE, Hand
from tests.peers.programs import wanted_postfix
from tests.peers.swaks import swaks

pytestmark = pytest.mark.peer

AGENT = "agent@loftbox.test"
WRITER = "writer@postfix.test"

# What a careless receiver breaks: leading dots, trailing space, a long line, octets over 127, an empty end.
RAW = (
    b"From: Writer <writer@postfix.test>\r\n"
    b"To: Agent <agent@loftbox.test>\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <one@postfix.test>\r\n"
    b"Subject: dots\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b".\r\n"
    b"..two\r\n"
    b"gr\xc3\xbc\xc3\x9fe \t \r\n" + b"x" * 900 + b"\r\n"
    b"\r\n"
)


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Inbox:
    """Keeps what the door accepted."""

    def __init__(self) -> None:
        self.arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        self.faults: list[Exception] = []

    async def accept(self, arrival: Arrival) -> None:
        if self.faults:
            raise self.faults.pop()
        self.arrivals.put_nowait(arrival)

    async def next(self) -> Arrival:
        async with asyncio.timeout(PATIENCE):
            return await self.arrivals.get()


def only_the_agent(address: str) -> None:
    if address != AGENT:
        fact = "no such mailbox here"
        raise UnknownRecipient(fact)


@contextlib.asynccontextmanager
async def open_door(
    accept: Callable[[Arrival], Awaitable[None]], tls: ssl.SSLContext | None
) -> AsyncIterator[SmtpDoor]:
    numbers = itertools.count(1)
    door = SmtpDoor(
        host="127.0.0.1",
        port=0,
        hostname="loftbox.test",
        check_recipient=only_the_agent,
        accept=accept,
        new_request_id=lambda: RequestId(f"req_{next(numbers):016}"),
        clock=FixedClock(),
        tls=tls,
    )
    await door.open()
    try:
        yield door
    finally:
        await door.close(0)


async def test_mail_from_swaks_over_starttls_arrives_as_the_same_bytes(
    tls: ssl.SSLContext, tmp_path: Path
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        dialog = await swaks(door.port, WRITER, AGENT, RAW, "--tls", folder=tmp_path)
    arrival = await inbox.next()
    assert arrival.raw == RAW
    assert (arrival.mail_from, arrival.rcpt_to, arrival.helo) == (WRITER, (AGENT,), "swaks.test")
    assert arrival.tls.startswith("TLSv1.")
    assert f"accepted as {arrival.request_id}" in dialog


async def test_swaks_is_told_at_rcpt_that_nobody_has_the_address(tls: ssl.SSLContext, tmp_path: Path) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            await swaks(door.port, WRITER, "nobody@loftbox.test", RAW, folder=tmp_path)
    assert "<** 550 5.1.1 " in refused.value.output
    assert inbox.arrivals.empty()


async def test_mail_relayed_by_postfix_over_starttls_arrives_behind_its_received_field(
    postfix: StartPostfix, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        peer = postfix({"loftbox.test": f"smtp:[127.0.0.1]:{door.port}"})
        await swaks(peer.port, WRITER, AGENT, RAW, folder=tmp_path)
        arrival = await inbox.next()
    received, body = arrival.raw[: -len(RAW)], arrival.raw[-len(RAW) :]
    assert body == RAW
    assert received.startswith(b"Received: from swaks.test ")
    assert (arrival.mail_from, arrival.rcpt_to, arrival.helo) == (WRITER, (AGENT,), "postfix.test")
    assert arrival.tls.startswith("TLSv1.3")


async def test_postfix_tells_the_writer_in_our_words_that_nobody_has_the_address(
    postfix: StartPostfix, hand: Hand, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        peer = postfix({"loftbox.test": f"smtp:[127.0.0.1]:{door.port}", "postfix.test": hand.route})
        await swaks(peer.port, WRITER, "nobody@loftbox.test", RAW, folder=tmp_path)
        bounce = await hand.message()
    assert b"Status: 5.1.1" in bounce
    assert b"Diagnostic-Code: smtp; 550 5.1.1 " in bounce


async def test_postfix_keeps_the_mail_that_we_could_not_write_down_and_brings_it_again(
    postfix: StartPostfix, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    inbox = Inbox()
    inbox.faults.append(StoreBusy("the disk is slow"))
    async with open_door(inbox.accept, tls) as door:
        peer = postfix({"loftbox.test": f"smtp:[127.0.0.1]:{door.port}"})
        await swaks(peer.port, WRITER, AGENT, RAW, folder=tmp_path)
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)
    assert "status=deferred" in peer.log
    assert " said: 451 4.3." in peer.log


async def test_a_hundred_mails_over_ten_sessions_are_a_hundred_arrivals() -> None:
    source = wanted_postfix().commands / "smtp-source"
    inbox = Inbox()
    async with open_door(inbox.accept, None) as door:
        process = await asyncio.create_subprocess_exec(
            *(source, "-s", "10", "-m", "100", "-l", "2048", "-d", "-f", WRITER, "-t", AGENT),
            f"127.0.0.1:{door.port}",
            env=wanted_postfix().environment,
        )
        assert await process.wait() == 0
    assert inbox.arrivals.qsize() == 100
