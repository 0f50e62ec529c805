"""Dialing a mail server of others, to see whether the way out is open."""

import asyncio
import errno
import os

from loftbox_cli.core.doctor.port25 import Call, End

_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL})
_LONGEST_LINE = 200


async def call(host: str, address: str, port: int, *, deadline: float) -> Call:
    """Connect to `address` and read its greeting; nothing is said but QUIT."""
    try:
        async with asyncio.timeout(deadline):
            reader, writer = await asyncio.open_connection(address, port)
    except OSError as error:
        return _failed(host, address, error)
    try:
        async with asyncio.timeout(deadline):
            greeting = await reader.readline()
            writer.write(b"QUIT\r\n")
            await writer.drain()
            await reader.read(_LONGEST_LINE)
    except (OSError, ValueError):
        # Who connects and says nothing may be a firewall that answers for everybody.
        return Call(host, address, End.SILENT)
    finally:
        writer.transport.abort()
        await asyncio.sleep(0)
    words = greeting.decode("utf-8", "replace").strip()[:_LONGEST_LINE]
    return Call(host, address, End.OPEN if words else End.SILENT, words)


def _failed(host: str, address: str, error: OSError) -> Call:
    if isinstance(error, ConnectionRefusedError):
        return Call(host, address, End.REFUSED)
    # The loop puts several failures into one error without a number.
    words = os.strerror(error.errno) if error.errno else str(error)
    end = End.UNREACHABLE if error.errno in _NO_WAY else End.SILENT
    return Call(host, address, end, words)
