"""Send many messages to a gateway beside hundreds of idle connections, and watch its memory.

    python -m tests.slow.smtp_soak [--messages 100000] [--sessions 10] [--idle 400] [--octets 2048]

It starts a `loftbox serve` of its own in a temporary folder. An idle connection greets and
then says nothing; one that the door has sent away comes back. Ten times while the
messages go out, and at the end when the gateway has read what it took, it prints how
many were accepted, the seconds since the start, and the memory (PSS) of the daemon with
its workers. It ends with 1 when a message was not answered with 250, when an idle
connection was not served, or when the memory grew by more than a fifth after the first
tenth of the messages. A hundred thousand messages take a few minutes.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from loftbox_cli.services.tx import ArrivalState
from tests.bench.process_tree import used
from tests.bench.served import Served, filled, serving
from tests.serve.gateway import Gateway
from tests.serve.prepared import FREE

# Of the places for large files that outlive nothing, the one that is never in memory.
DISK = Path("/var/tmp")  # noqa: S108  # each run makes a folder of its own in it
ROWS = 10
MOST_GROWTH = 1.2
PATIENCE = 60  # seconds for one answer


class Line:
    """One connection to the door."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._said("220 ")
        await self.ask("EHLO soak.test", "250 ")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._writer.close()

    async def ask(self, words: str, wanted: str) -> None:
        self._writer.write(words.encode() + b"\r\n")
        await self._said(wanted)

    async def message(self, content: bytes) -> None:
        await self.ask("MAIL FROM:<soak@peer.test>", "250 ")
        await self.ask(f"RCPT TO:<{FREE}>", "250 ")
        await self.ask("DATA", "354 ")
        self._writer.write(content + b".\r\n")
        await self._said("250 ")

    async def until_sent_away(self) -> None:
        await self._reader.read()

    async def _said(self, wanted: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while (line := (await self._reader.readline()).decode())[3:4] == "-":
                pass
        if not line.startswith(wanted):
            raise RuntimeError(f"wanted {wanted}, heard {line!r}")


class Soak:
    """Senders and idle connections against one daemon."""

    def __init__(self, served: Served, messages: int, octets: int) -> None:
        self._served = served
        self._messages = messages
        self._numbers = iter(range(messages))
        self._filling = b"x" * 70 + b"\r\n"
        self._lines = max(1, octets // len(self._filling))
        self._begun = time.perf_counter()
        self.accepted = 0
        self.memory: list[int] = []

    async def run(self, sessions: int, idle: int) -> None:
        """Send everything. Raises when the door did not do what it should."""
        async with asyncio.TaskGroup() as waiting:
            idlers = [waiting.create_task(self._idle()) for _ in range(idle)]
            async with asyncio.TaskGroup() as sending:
                for _ in range(sessions):
                    sending.create_task(self._send())
            for each in idlers:
                each.cancel()

    async def _idle(self) -> None:
        while True:
            async with Line(self._served.smtp) as line:
                await line.until_sent_away()

    async def _send(self) -> None:
        async with Line(self._served.smtp) as line:
            for number in self._numbers:
                # Each has a thread and a text of its own, or it would be the same mail again.
                head = f"Message-ID: <{number}@peer.test>\r\nSubject: soak {number}\r\n\r\n"
                await line.message(head.encode() + self._filling * self._lines)
                self.accepted += 1
                if self.accepted * ROWS % self._messages < ROWS:
                    self.look()

    def look(self) -> None:
        """Print one row."""
        memory = used(self._served.pid).memory
        self.memory.append(memory)
        seconds = time.perf_counter() - self._begun
        sys.stdout.write(f"{self.accepted:10} {seconds:9.1f} s {memory / 1024**2:9.1f} MB\n")
        sys.stdout.flush()


def until_read(gateway: Gateway) -> Iterator[int]:
    """How many of the accepted messages are still to be read, until none is."""
    while unread := gateway.glance(lambda tx: tx.arrivals.count(state=ArrivalState.ACCEPTED)):
        yield unread


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--idle", type=int, default=400)
    parser.add_argument("--octets", type=int, default=2048)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=DISK, ignore_cleanup_errors=True) as folder:
        gateway, keys = filled(Path(folder))
        with serving(gateway, keys) as served:
            soak = Soak(served, given.messages, given.octets)
            soak.look()
            asyncio.run(soak.run(given.sessions, given.idle))
            for _ in until_read(gateway):
                time.sleep(1)
            soak.look()
    first, *later = soak.memory[1:]
    if max(later) > first * MOST_GROWTH:
        sys.stdout.write("the memory grew\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
