"""The next server: it keeps every message that it took, and answers as the test decides.

One message at a time for each connection, as RFC 5321 has it. What it keeps is what
arrived whole, with the answer that it gave: "" when it said nothing and hung up.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from types import TracebackType
from typing import Self

from tests.serve.daemon import PATIENCE

TAKEN = "250 2.0.0 kept"
DROP = ""  # hang up instead of an answer


@dataclass(frozen=True, slots=True)
class Copy:
    """One message that arrived whole, and what was answered."""

    mail_from: str
    rcpt_to: str
    raw: bytes
    answer: str

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.raw)["Message-ID"])


async def take(_: str) -> str:
    """Say yes at once."""
    return TAKEN


class Gate:
    """A hop's answer that waits until the test lets it through."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def judge(self, _: str) -> str:
        self.reached.set()
        await self.open.wait()
        return TAKEN

    async def waits(self) -> None:
        async with asyncio.timeout(PATIENCE):
            await self.reached.wait()


async def _look_away(_: str) -> None:
    """See nothing."""


Judge = Callable[[str], Awaitable[str]]
Witness = Callable[[str], Awaitable[None]]


@dataclass
class Hop:
    """`at_rcpt` answers RCPT and `at_dot` the whole message, each for an address.

    `witness` is called before each answer with the step that it answers: "connect", the
    verb of a command, "line" (the first of a message), "dot"; and with "answered" when
    the answer to a dot is on its way.
    """

    at_rcpt: Judge = take
    at_dot: Judge = take
    witness: Witness = _look_away
    copies: list[Copy] = field(default_factory=list)
    port: int = 0
    _open: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for session in self._open:
            session.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    @property
    def address(self) -> str:
        """As the settings name it."""
        return f"127.0.0.1:{self.port}"

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = asyncio.create_task(self._serve(reader, writer))
        self._open.add(session)
        session.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await _Session(self, reader, writer).converse()
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class _Session:
    def __init__(self, hop: Hop, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._hop = hop
        self._reader = reader
        self._writer = writer
        self._mail_from = ""
        self._rcpt_to = ""

    async def converse(self) -> None:
        await self._hop.witness("connect")
        answer = "220 hop.test ESMTP"
        while answer != DROP:
            self._writer.write(answer.encode() + b"\r\n")
            await self._writer.drain()
            if answer == TAKEN:
                await self._hop.witness("answered")
            if answer.startswith("221"):
                return
            answer = await self._content() if answer.startswith("354") else await self._command()

    async def _command(self) -> str:
        line = (await self._reader.readuntil(b"\r\n")).decode().removesuffix("\r\n")
        verb, _, argument = line.partition(" ")
        path = argument.partition("<")[2].partition(">")[0]
        await self._hop.witness(verb.upper())
        match verb.upper():
            case "EHLO":
                return "250-hop.test\r\n250 8BITMIME"
            case "MAIL":
                self._mail_from = path
                return "250 2.1.0 sender ok"
            case "RCPT":
                self._rcpt_to = path
                answer = await self._hop.at_rcpt(path)
                return answer.replace(TAKEN, "250 2.1.5 recipient ok")
            case "DATA":
                return "354 go ahead"
            case "RSET":
                return "250 2.0.0 forgotten"
            case "QUIT":
                return "221 2.0.0 bye"
            case _:
                return "500 5.5.1 what?"

    async def _content(self) -> str:
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            if not lines:
                await self._hop.witness("line")
            lines.append(line.removeprefix(b"."))
        await self._hop.witness("dot")
        answer = await self._hop.at_dot(self._rcpt_to)
        self._hop.copies.append(Copy(self._mail_from, self._rcpt_to, b"".join(lines), answer))
        return answer
