"""An SMTP door with recipients and faults that tests know, and a peer that says what they want."""

import asyncio
import contextlib
import itertools
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.door_counts import DoorCounts
from loftbox_cli.core.errors import DiskLow, StoreBusy, TooMany, UnknownDomain, UnknownRecipient
from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import Limits, SmtpDoor
from loftbox_cli.edge.system.certificate import make_certificate, server_context

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOSTNAME = "mx.loftbox.test"
PATIENCE = 10  # seconds after which a test gives up waiting
AGAIN = b"Subject: the same again\r\n"  # what is recognised when it comes a second time
KNOWN = {
    "postmaster",
    "agent@loftbox.test",
    "second@loftbox.test",
    "third@loftbox.test",
    "fourth@loftbox.test",
    "grüße@loftbox.test",
    "agent@xn--bcher-kva.test",
}
RECIPIENT_FAULTS = {
    "busy@loftbox.test": StoreBusy("the queue is full"),
    "broken@loftbox.test": RuntimeError("secret table"),
}
SENDER_FAULTS = {
    "broken@peer.test": RuntimeError("secret path"),
    "full@peer.test": DiskLow("2 MB left"),
    "flood@peer.test": TooMany("a thousand a minute"),
}


class FixedClock:
    def now(self) -> datetime:
        return NOW


class Intake:
    """Stands for the store: keeps what the door accepted, or fails as the sender asks."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.begun = asyncio.Event()
        self.may_commit = asyncio.Event()
        self.may_commit.set()
        self.committed = asyncio.Event()

    async def accept(self, arrival: Arrival) -> RequestId:
        self.begun.set()
        await self.may_commit.wait()
        if arrival.mail_from in SENDER_FAULTS:
            raise SENDER_FAULTS[arrival.mail_from]
        earlier = next((each.request_id for each in self.arrivals if each.raw == AGAIN == arrival.raw), None)
        self.arrivals.append(arrival)
        self.committed.set()
        return earlier or arrival.request_id


def check_recipient(address: str) -> None:
    if address in RECIPIENT_FAULTS:
        raise RECIPIENT_FAULTS[address]
    if address in KNOWN or address.startswith("agent+"):
        return
    if address.endswith("@loftbox.test"):
        raise UnknownRecipient(address)
    raise UnknownDomain(address)


@contextlib.asynccontextmanager
async def open_door(
    intake: Intake,
    *,
    tls: ssl.SSLContext | None = None,
    max_size: int = 2000,
    limits: Limits | None = None,
    counts: DoorCounts | None = None,
) -> AsyncIterator[SmtpDoor]:
    numbers = itertools.count(1)
    door = SmtpDoor(
        host="127.0.0.1",
        port=0,
        hostname=HOSTNAME,
        check_recipient=check_recipient,
        accept=intake.accept,
        new_request_id=lambda: RequestId(f"req_{next(numbers):016}"),
        clock=FixedClock(),
        tls=tls,
        max_size=max_size,
        limits=limits or Limits(),
        counts=counts,
    )
    await door.open()
    try:
        yield door
    finally:
        intake.may_commit.set()
        await door.close(0)


class Peer:
    """A client that writes octets and reads reply lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def say(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def line(self) -> str:
        """The next line of a reply, or "" when the door has hung up."""
        async with asyncio.timeout(PATIENCE):
            return (await self._reader.readline()).decode().removesuffix("\r\n")

    async def reply(self) -> str:
        """The last line of the next reply."""
        while (line := await self.line())[3:4] == "-":
            pass
        return line

    async def ask(self, command: str) -> str:
        await self.say(command.encode() + b"\r\n")
        return await self.reply()

    async def to_data(self, mail_from: str = "writer@peer.test") -> None:
        """Come as far as 354."""
        assert (await self.ask(f"MAIL FROM:<{mail_from}>")).startswith("250 ")
        assert (await self.ask("RCPT TO:<agent@loftbox.test>")).startswith("250 ")
        assert (await self.ask("DATA")).startswith("354 ")

    async def message(self, content: bytes, mail_from: str = "writer@peer.test") -> str:
        await self.to_data(mail_from)
        await self.say(content + b".\r\n")
        return await self.reply()

    def reset(self) -> None:
        """Go away with RST, so that the door cannot take it for a peer that only stopped sending."""
        transport = self.writer.transport
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        transport.abort()

    def stop_listening(self) -> None:
        cast("asyncio.Transport", self.writer.transport).pause_reading()

    async def start_tls(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        await self.writer.start_tls(context)


async def until_no_session(door: SmtpDoor) -> None:
    """Let the loop run until the door has seen the last peer go."""
    async with asyncio.timeout(PATIENCE):
        while door.sessions:  # noqa: ASYNC110 - the door has no event to say it with, and needs none
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def connected(door: SmtpDoor, *, greet: bool = True) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    peer = Peer(reader, writer)
    try:
        if greet:
            assert await peer.reply() == f"220 {HOSTNAME} ESMTP"
            assert (await peer.ask("EHLO peer.test")).startswith("250 ")
        yield peer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def certificate(folder: Path) -> ssl.SSLContext:
    return server_context(*make_certificate(folder, HOSTNAME, now=NOW))
