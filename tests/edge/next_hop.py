"""A mail server on loopback that answers as it is told, and a resolver that is a dict."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loftbox_cli.core.dns import DnsAnswer, NoRecord
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.smarthost import Login, Smarthost
from loftbox_cli.core.tls_policy import Assurance

DROP = "drop"  # close instead of an answer
HANG = "hang"  # say nothing until the client goes

_USUAL = {
    "CONNECT": "220 next.example ESMTP",
    "EHLO": "250-next.example\r\n250-8BITMIME\r\n250 SIZE 1000000",
    "HELO": "250 next.example",
    "STARTTLS": "220 go ahead",
    "MAIL": "250 2.1.0 sender ok",
    "RCPT": "250 2.1.5 recipient ok",
    "DATA": "354 go ahead",
    ".": "250 2.0.0 kept as 4711",
    "RSET": "250 2.0.0 forgotten",
    "QUIT": "221 2.0.0 bye",
}


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handle: Handler, address: str = "127.0.0.1", port: int = 0) -> AsyncGenerator[int, None]:
    """Let `handle` have each connection, and end when the last client has gone; gives the port."""
    open_: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            await handle(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, address, port)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await asyncio.gather(*filter(None, open_))


@dataclass
class NextHop:
    """`answers` replaces the usual answer to a verb; a list is used up, its last item stays.

    "CONNECT" is the greeting and "." the answer to the message. An answer may also
    be DROP or HANG.
    """

    answers: Mapping[str, str | list[str]] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    implicit: bool = False  # TLS from the first octet
    address: str = "127.0.0.1"
    port: int = 0
    commands: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    sessions: int = 0
    encrypted: int = 0
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._used: dict[str, int] = {}
        self._open = serving(self._session, self.address, self.port)
        self.port = await self._open.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.__aexit__(None, None, None)

    def _answer(self, verb: str) -> str:
        answer = self.answers.get(verb, _USUAL.get(verb, "500 5.5.1 what?"))
        if isinstance(answer, str):
            return answer
        turn = self._used[verb] = self._used.get(verb, -1) + 1
        return answer[min(turn, len(answer) - 1)]

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sessions += 1
        try:
            await self._converse(reader, writer)
        finally:
            self.left.set()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.implicit and self.tls is not None:
            await writer.start_tls(self.tls)
            self.encrypted += 1
        verb = "CONNECT"
        while await self._reply(self._answer(verb), reader, writer):
            if verb == "QUIT":
                return
            if verb == "DATA" and self._answer("DATA").startswith("354"):
                self.messages.append(await self._message(reader))
                verb = "."
                continue
            if verb == "STARTTLS" and self.tls is not None:
                await writer.start_tls(self.tls)
                self.encrypted += 1
            line = await reader.readuntil(b"\r\n")
            command = line.decode(errors="replace").removesuffix("\r\n")
            self.commands.append(command)
            verb = command.partition(" ")[0].upper()

    async def _reply(self, answer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if answer == HANG:
            self.hanging.set()
            await reader.read()
        if answer in (DROP, HANG):
            return False
        writer.write(answer.encode() + b"\r\n")
        await writer.drain()
        return True

    async def _message(self, reader: asyncio.StreamReader) -> bytes:
        lines = []
        while (line := await reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)


NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def clock() -> datetime:
    return NOW


@dataclass
class Book:
    """What the courier remembers, in memory. `relay` takes the mail of every domain."""

    relay: tuple[Smarthost, Login | None] | None = None
    policies: dict[str, KeptPolicy] = field(default_factory=dict)
    seen: dict[str, Assurance] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    def smarthost(self, _: str) -> tuple[Smarthost, Login | None] | None:
        return self.relay

    def policy(self, destination: str) -> KeptPolicy | None:
        return self.policies.get(destination)

    async def keep_policy(self, policy: KeptPolicy) -> None:
        self.policies[policy.domain] = policy

    def best(self, destination: str) -> Assurance:
        return self.seen.get(destination, Assurance.NONE)

    async def reached(self, destination: str, assurance: Assurance) -> None:
        self.seen[destination] = assurance

    async def login_refused(self, smarthost: Smarthost, words: str) -> None:
        self.refused[str(smarthost)] = words

    async def login_taken(self, smarthost: Smarthost) -> None:
        self.refused.pop(str(smarthost), None)


@dataclass
class Zone:
    """Answers from a dict; a name that is not in it has no record of the kind."""

    answers: Mapping[tuple[str, str], DnsAnswer]
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        self.asked.append((name, kind))
        return self.answers.get((name, kind), NoRecord(name))


def self_signed(folder: Path, name: str = "mx.example.org") -> ssl.SSLContext:
    """Make a server's TLS context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
