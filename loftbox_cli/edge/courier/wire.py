"""A connection to a peer, octets on one side and SMTP replies on the other (RFC 5321 section 4.2).

Octets that come before anything was asked are never taken for the answer to the next
command: a peer that is out of step is not spoken to any more. What stands in the
buffer when TLS begins is thrown away (RFC 3207 section 4.2), so that nobody can slip
an answer under the encryption.
"""

import asyncio
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

LONGEST_LINE = 8192
LONGEST_REPLY = 64 * 1024

_AROUND = len(b"250-\r\n")

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\r\n]*))?\r?\n")


@dataclass(frozen=True, slots=True)
class Response:
    """One reply as it came, its lines joined by LF."""

    code: int
    text: str


class NotSmtp(Exception):
    """What came is no reply. The connection is of no use any more."""


class Wire(asyncio.Protocol):
    """One connection; raises OSError once it is gone, and NotSmtp for what is no reply."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._gone: Exception | None = None

    @property
    def is_open(self) -> bool:
        """Whether both sides still hold it."""
        return self._gone is None and self._transport is not None and not self._transport.is_closing()

    @property
    def is_quiet(self) -> bool:
        """Whether the peer has said nothing that was not asked for."""
        return not self._buffer

    @property
    def unsent(self) -> int:
        """How many octets have not left yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    @property
    def tls(self) -> ssl.SSLObject | None:
        """What a handshake agreed on, or None in plain text."""
        if self._transport is None:
            return None
        return cast("ssl.SSLObject | None", self._transport.get_extra_info("ssl_object"))

    def write(self, octets: bytes) -> None:
        """Send, or keep until the peer reads."""
        if self._gone is not None or self._transport is None:
            raise self._gone or ConnectionResetError
        self._transport.write(octets)

    async def drained(self) -> None:
        """Wait until the peer has read most of what was written."""
        await self._writable.wait()
        if self._gone is not None:
            raise self._gone

    async def response(self) -> Response:
        """Wait for one reply."""
        lines: list[bytes] = []
        size = 0
        while True:
            code, last, text = await self._line()
            lines.append(text)
            size += len(text) + _AROUND
            if size > LONGEST_REPLY:
                raise NotSmtp
            if last:
                # A peer whose lines differ in their code means the last one, as all clients read it.
                joined = b"\n".join(line.strip() for line in lines)
                return Response(code, joined.decode("utf-8", "surrogateescape"))

    async def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Shake hands; raises OSError, as which ssl.SSLError counts, or ValueError for an unfit name."""
        transport = self._transport
        if transport is None or self._gone is not None:
            raise self._gone or ConnectionResetError
        self._buffer.clear()
        secured = await asyncio.get_running_loop().start_tls(transport, self, context, server_hostname=name)
        if secured is None:
            raise ConnectionResetError
        self._transport = secured

    def close(self) -> None:
        """Close at once: what is still on its way is thrown away, and TLS takes no leave of its own."""
        if self._transport is not None:
            self._transport.abort()
        self._lose(ConnectionAbortedError())

    async def _line(self) -> tuple[int, bool, bytes]:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise NotSmtp
            if self._gone is not None:
                raise self._gone
            self._news.clear()
            await self._news.wait()
        form = _LINE.fullmatch(self._buffer[: end + 1]) if end < LONGEST_LINE else None
        if form is None:
            raise NotSmtp
        code, more, text = form.groups()
        del self._buffer[: end + 1]
        return int(code), more != b"-", bytes(text or b"")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Keep what came; a peer that floods us is cut off."""
        self._buffer += data
        if len(self._buffer) > 2 * LONGEST_REPLY:
            self.close()
        self._news.set()

    def eof_received(self) -> bool:
        """Take the end of one direction for the end of both."""
        self._lose(ConnectionResetError())
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake all who wait."""
        self._lose(exc if isinstance(exc, OSError) else ConnectionResetError())

    def pause_writing(self) -> None:
        """Let those who write wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Let them go on."""
        self._writable.set()

    def _lose(self, reason: Exception) -> None:
        if self._gone is None:
            self._gone = reason
        self._news.set()
        self._writable.set()


def joined(commands: Sequence[str]) -> bytes:
    """Write commands as they go over the wire, all in one."""
    return "".join(f"{command}\r\n" for command in commands).encode()
