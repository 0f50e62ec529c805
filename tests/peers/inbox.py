"""An open SMTP door, the mail that came in through it, and a mail that is hard to keep as it is."""

import asyncio
import contextlib
import itertools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.errors import UnknownRecipient
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import SmtpDoor
from tests.peers.hand import PATIENCE

AGENT = "agent@loftbox.test"
UMLAUTS = "grüße@loftbox.test"
WRITER = "writer@sender.test"


class FixedClock:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


# What a careless receiver breaks: leading dots, trailing space, a long line, octets over 127, an empty end.
RAW = (
    b"From: Writer <writer@sender.test>\r\n"
    b"To: Agent <agent@loftbox.test>\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
    b"Message-ID: <one@sender.test>\r\n"
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


class Inbox:
    """Keeps what the door accepted."""

    def __init__(self) -> None:
        self.arrivals: asyncio.Queue[Arrival] = asyncio.Queue()
        self.faults: list[Exception] = []
        self.faulted = asyncio.Event()

    async def accept(self, arrival: Arrival) -> RequestId:
        if self.faults:
            self.faulted.set()
            raise self.faults.pop()
        self.arrivals.put_nowait(arrival)
        return arrival.request_id

    async def next(self) -> Arrival:
        async with asyncio.timeout(PATIENCE):
            return await self.arrivals.get()


def known(address: str) -> None:
    if address not in {AGENT, UMLAUTS, WRITER}:
        fact = "no such mailbox here"
        raise UnknownRecipient(fact)


@contextlib.asynccontextmanager
async def open_door(
    accept: Callable[[Arrival], Awaitable[RequestId]], tls: ssl.SSLContext | None
) -> AsyncIterator[SmtpDoor]:
    numbers = itertools.count(1)
    door = SmtpDoor(
        host="127.0.0.1",
        port=0,
        hostname="loftbox.test",
        check_recipient=known,
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
