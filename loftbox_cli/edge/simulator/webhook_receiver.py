"""An agent's web server on loopback: it keeps each POST, and answers as it is told.

It speaks as much of HTTP/1.1 (RFC 9112) as a sender of webhooks uses: a request with
Content-Length, one after the other on a connection.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from loftbox_cli.edge.simulator.tray import Tray

LARGEST = 1 << 20  # octets of a body; four times what a webhook may have
PATH = "/events"


@dataclass(frozen=True, slots=True)
class Post:
    """One request; the names of `headers` are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        """The body as JSON; raises ValueError when it is none."""
        return json.loads(self.body)


class WebhookReceiver:
    """Answers every POST with `status`, which may be changed while it runs."""

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0, status: int = 200) -> None:
        self.host = host
        self.port = port
        self.status = status
        self.posts: Tray[Post] = Tray()
        self._server: asyncio.Server | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where to post, once it is open."""
        return f"http://{self.host}:{self.port}{PATH}"

    async def open(self) -> None:
        """Listen; afterwards `port` is the real one."""
        self._server = await asyncio.start_server(self._converse, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and end all conversations."""
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._conversations.add(task)
            task.add_done_callback(self._conversations.discard)
        try:
            while (post := await _read(reader)) is not None:
                await self.posts.put(post)
                writer.write(_response(self.status))
                await writer.drain()
            writer.write(_response(HTTPStatus.BAD_REQUEST))
        except (asyncio.IncompleteReadError, OSError):
            pass  # the other side has hung up
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Post | None:
    """Read one request; None for what is no POST with a length."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
        method, path, _ = line.split(" ")
        headers = {name.lower(): value.strip() for name, value in (each.split(":", 1) for each in fields)}
        length = int(headers["content-length"])
    except (ValueError, KeyError, asyncio.LimitOverrunError):
        return None
    if method != "POST" or not 0 <= length <= LARGEST:
        return None
    return Post(path, headers, await reader.readexactly(length))


def _response(status: int) -> bytes:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Length: 0\r\n\r\n".encode()
