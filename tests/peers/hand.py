"""Where Postfix's last delivery agent puts a message down: the test itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

PATIENCE = 30  # seconds; a peer that takes longer has lost the message


class Hand:
    """Takes messages from the transport `hand:PORT`, one a connection."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()
        self.port = 0

    @property
    def route(self) -> str:
        """The transport that ends here, as transport(5) writes it."""
        return f"hand:{self.port}"

    async def message(self) -> bytes:
        """Return the next message, with CRLF, as Postfix wrote it."""
        async with asyncio.timeout(PATIENCE):
            return await self._messages.get()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raw = await reader.read()
        writer.close()
        await writer.wait_closed()
        self._messages.put_nowait(raw)


@contextlib.asynccontextmanager
async def open_hand() -> AsyncIterator[Hand]:
    """Listen on loopback as long as the context lasts."""
    hand = Hand()
    server = await asyncio.start_server(hand.take, "127.0.0.1", 0)
    async with server:
        hand.port = server.sockets[0].getsockname()[1]
        yield hand
