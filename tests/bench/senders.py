"""Who is compared in sending: each takes a message from us and hands it to the next hop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.bench.http_load import HttpClient, post_many
from tests.bench.served import filled, serving
from tests.bench.smtp_load import Load, timed
from tests.peers.postfix import running_postfix
from tests.peers.programs import PostfixPrograms
from tests.serve.prepared import FREE
from tests.serve.smtp_client import connected

TO = "friend@next.test"
TEXT = "Your table for four is booked for Friday at eight.\r\n" * 36  # 2 KB with its header
RAW = f"From: <{FREE}>\r\nTo: <{TO}>\r\nSubject: Your table\r\n\r\n{TEXT}".encode()


@dataclass(frozen=True, slots=True)
class Outlet:
    """A sender that runs: `many` hands over `count` messages by `clients` at once, `one` a single one."""

    pid: int
    many: Callable[[int, int], Awaitable[None]]
    one: Callable[[], Awaitable[object]]


class Sender(Protocol):
    """One server that sends."""

    @property
    def name(self) -> str:
        """What the table calls it."""
        ...

    def running(self, folder: Path, next_hop: int) -> AbstractAsyncContextManager[Outlet]:
        """Run it with its store or queue in `folder`, all its mail going to the port `next_hop`."""
        ...


@dataclass(frozen=True, slots=True)
class PostfixSender:
    """Postfix as a relay: it takes mail by SMTP, and signs nothing."""

    programs: PostfixPrograms
    name: str = "postfix"

    @asynccontextmanager
    async def running(self, folder: Path, next_hop: int) -> AsyncIterator[Outlet]:
        routes = {"next.test": f"smtp:[127.0.0.1]:{next_hop}"}
        with running_postfix(self.programs, folder, routes=routes) as postfix:
            async with connected(postfix.port) as client:

                async def many(count: int, clients: int) -> None:
                    load = Load(clients, 2048)
                    await asyncio.to_thread(timed, self.programs, load, postfix.port, TO, count)

                yield Outlet(postfix.pid, many, lambda: client.message(FREE, TO, RAW))


@dataclass(frozen=True, slots=True)
class LoftBoxSender:
    """LoftBox with an autonomous mailbox: composed, past the gate, told in events, signed with two keys."""

    name: str = "loftbox"

    @asynccontextmanager
    async def running(self, folder: Path, next_hop: int) -> AsyncIterator[Outlet]:
        gateway, keys = filled(folder, delivery={"next_hop": f"127.0.0.1:{next_hop}"})
        with serving(gateway, keys) as served:
            client = await HttpClient.connected(served.http, keys.agent)

            async def many(count: int, clients: int) -> None:
                await post_many(
                    served.http, keys.agent, "/v1/messages", message, count=count, clients=clients
                )

            yield Outlet(served.pid, many, lambda: client.post("/v1/messages", message(0)))
            client.writer.close()


def message(number: int) -> dict[str, object]:
    """What POST /v1/messages takes."""
    return {"mailbox": FREE, "to": [TO], "subject": f"Your table {number}", "text": TEXT}
