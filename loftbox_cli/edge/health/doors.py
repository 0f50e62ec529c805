"""Knocking at our own doors, as a peer would.

The certificate is looked at and not trusted: it may be self-signed, and its judgement
is made elsewhere.
"""

import asyncio
import ssl
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from loftbox_cli.core.doctor.doors import Heard

# How to reach a listener on this machine that listens on every address.
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - to be replaced, not bound
_MOST_LINES = 100


class _Unexpected(Exception):
    """The door said something else than its protocol wants."""


async def knock_smtp(host: str, port: int, *, name: str, deadline: float) -> Heard:
    """Read the greeting, say EHLO as `name`, and take STARTTLS where it is offered (RFC 5321, RFC 3207)."""
    heard = Heard(where=_spelled(host, port))
    try:
        async with asyncio.timeout(deadline), _connected(host, port) as (reader, writer):
            greeting = await _reply(reader, "220")
            heard = replace(heard, words=greeting[0])
            writer.write(f"EHLO {name or 'localhost'}\r\n".encode())
            if "STARTTLS" in [line[4:].upper() for line in await _reply(reader, "250")]:
                writer.write(b"STARTTLS\r\n")
                await _reply(reader, "220")
                await writer.start_tls(_context())
                heard = _secured(heard, writer)
            writer.write(b"QUIT\r\n")
            await _reply(reader, "221")
    except (OSError, ValueError, _Unexpected) as error:
        return replace(heard, fault=_told(error, deadline))
    return heard


async def knock_http(host: str, port: int, *, tls: bool, deadline: float) -> Heard:
    """Ask for the page that says that the API is alive."""
    heard = Heard(where=_spelled(host, port))
    try:
        async with (
            asyncio.timeout(deadline),
            _connected(host, port, _context() if tls else None) as (reader, writer),
        ):
            if tls:
                heard = _secured(heard, writer)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            line = await _line(reader)
            if not line.startswith("HTTP/1.1 200"):
                raise _Unexpected(f"it said {line!r}")
            return replace(heard, words=line)
    except (OSError, ValueError, _Unexpected) as error:
        return replace(heard, fault=_told(error, deadline))


@asynccontextmanager
async def _connected(
    host: str, port: int, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    reader, writer = await asyncio.open_connection(_EVERYWHERE.get(host, host), port, ssl=tls)
    try:
        yield reader, writer
    finally:
        # Everything was said. A stream whose handshake failed never tells that it is closed.
        writer.transport.abort()
        await asyncio.sleep(0)


async def _reply(reader: StreamReader, code: str) -> list[str]:
    """Read one SMTP reply; its lines but the last have a hyphen after the code (RFC 5321 section 4.2.1)."""
    lines: list[str] = []
    while len(lines) < _MOST_LINES:
        line = await _line(reader)
        if not line.startswith(code):
            raise _Unexpected(f"it said {line!r}")
        lines.append(line)
        if line[3:4] != "-":
            return lines
    raise _Unexpected("its reply does not end")


async def _line(reader: StreamReader) -> str:
    octets = await reader.readline()
    if not octets:
        raise _Unexpected("it hung up")
    return octets.decode("utf-8", "replace").rstrip("\r\n")[:200]


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _secured(heard: Heard, writer: StreamWriter) -> Heard:
    tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
    return replace(heard, tls=tls.version() or "", certificate=tls.getpeercert(binary_form=True) or b"")


def _told(error: Exception, deadline: float) -> str:
    if isinstance(error, TimeoutError):
        return f"it did not answer within {deadline:g} s"
    if isinstance(error, ssl.SSLError):
        return f"the TLS handshake failed: {error.reason or 'no reason given'}"
    if isinstance(error, OSError):
        return f"the connection failed: {error.strerror or error}"
    return str(error)


def _spelled(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host or '*'}:{port}"
