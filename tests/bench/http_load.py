"""Load on the API: as little work as possible for each request, so that the server's is what is seen."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

_LENGTH = b"\r\ncontent-length: "


@dataclass(slots=True)
class HttpClient:
    """One kept connection, with one key."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    key: str

    @classmethod
    async def connected(cls, port: int, key: str) -> Self:
        """Connect to this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), key)

    async def post(self, path: str, value: object) -> bytes:
        """Post JSON; answers the body of a 202, and raises for anything else."""
        body = json.dumps(value).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {self.key}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        length = int(answer.partition(_LENGTH)[2].partition(b"\r\n")[0])
        told = await self.reader.readexactly(length)
        if not answer.startswith(b"HTTP/1.1 202 "):
            raise RuntimeError(f"{answer.decode()}{told.decode()}")
        return told


async def post_many(
    port: int, key: str, path: str, value: Callable[[int], object], *, count: int, clients: int
) -> None:
    """Post `count` values over `clients` connections, each of which waits for its answers."""
    numbers = iter(range(count))

    async def work() -> None:
        client = await HttpClient.connected(port, key)
        for number in numbers:
            await client.post(path, value(number))
        client.writer.close()
        await client.writer.wait_closed()

    await asyncio.gather(*(work() for _ in range(clients)))
