"""A webhook's server for tests: it reads each request, keeps it, and answers as it is told, well or badly."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """What has come in so far. `gone` is set when a client has hung up."""

    answer: Answer
    host: str = "127.0.0.1"
    port: int = 0
    connections: int = 0
    requests: list[Received] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other until one side hangs up."""
        self.connections += 1
        try:
            while True:
                self.requests.append(await read_request(reader))
                await self.answer(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.gone.set()
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Received:
    """Read a request that says how long its body is."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *fields = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = {name.lower(): value for name, value in (each.split(": ", 1) for each in fields)}
    return Received(line, headers, await reader.readexactly(int(headers["content-length"])))


def says(*octets: bytes) -> Answer:
    """Answer these octets, whatever they are."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.writelines(octets)

    return answer


def with_body(status: str, body: bytes = b"", *fields: str) -> Answer:
    """Answer a whole response."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields])
    return says(head.encode(), b"\r\n\r\n", body)


OK = with_body("200 OK", b"ok")


@asynccontextmanager
async def receiving(
    answer: Answer = OK, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    """Run a receiver while the block runs."""
    receiver = Receiver(answer, host=host)
    conversations: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations[asyncio.create_task(receiver.serve(reader, writer))] = writer

    server = await asyncio.start_server(begin, host, port, ssl=tls)
    try:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver
    finally:
        # A conversation that has not begun yet closes nothing by itself, and from Python 3.12
        # on a server that is awaited waits for every connection.
        server.close()
        for task, writer in conversations.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*conversations, return_exceptions=True)
        await asyncio.sleep(0)
