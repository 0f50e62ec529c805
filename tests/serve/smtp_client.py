"""A sender that says what a test wants it to say, one command at a time."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.serve.daemon import PATIENCE

MAIL = b"From: jane@peer.test\r\nTo: desk@example.test\r\nSubject: hello\r\n\r\nHi.\r\n"


@dataclass
class SmtpClient:
    """One session; `greeting` is the first line that came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: str = ""

    async def say(self, octets: bytes) -> None:
        self.writer.write(octets)
        await self.writer.drain()

    async def reply(self) -> str:
        """The last line of the next reply, or "" at the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            while (line := (await self.reader.readline()).decode().removesuffix("\r\n"))[3:4] == "-":
                pass
        return line

    async def ask(self, command: str) -> str:
        await self.say(command.encode() + b"\r\n")
        return await self.reply()

    async def to_data(self, mail_from: str, rcpt_to: str) -> str:
        """Come as far as 354; answers the first reply that was no yes, or "354"."""
        for command, wanted in (
            (f"MAIL FROM:<{mail_from}>", "250"),
            (f"RCPT TO:<{rcpt_to}>", "250"),
            ("DATA", "354"),
        ):
            reply = await self.ask(command)
            if not reply.startswith(wanted):
                return reply
        return reply

    async def message(self, mail_from: str, rcpt_to: str, raw: bytes) -> str:
        """Send one message, dots stuffed, and answer the last reply."""
        reply = await self.to_data(mail_from, rcpt_to)
        if not reply.startswith("354"):
            return reply
        await self.say(raw.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        return await self.reply()

    async def start_tls(self) -> bytes:
        """Secure the session, and answer the certificate that was shown."""
        assert (await self.ask("STARTTLS")).startswith("220")
        await self.writer.start_tls(trusting())
        assert (await self.ask("EHLO peer.test")).startswith("250")
        shown = self.writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(shown, bytes)
        return shown


def trusting() -> ssl.SSLContext:
    """A client that believes every certificate, to see which one it is shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[SmtpClient]:
    """A session that has said EHLO."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = SmtpClient(reader, writer)
    try:
        client.greeting = await client.reply()
        await client.ask("EHLO peer.test")
        yield client
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
