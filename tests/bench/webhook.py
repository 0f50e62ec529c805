"""How fast mail that comes in by SMTP reaches its agent as a signed webhook.

    python -m tests.bench.webhook [--rounds 3] [--seconds 4] [--folder /var/tmp]

as root, with Postfix unpacked by `.ci/run` or installed: its smtp-source is the
load. "one at a time" is from the final dot that we send to the whole request at
the receiver; "sustained" is the messages a second until the last webhook of a
load of ten sessions has come.
"""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from tests.bench.accept import DISK
from tests.bench.process_tree import used
from tests.bench.served import Served, filled, serving
from tests.bench.smtp_load import Load, timed
from tests.bench.tally import Tally, percentile
from tests.peers.programs import FOLDER, PostfixPrograms, postfix_programs
from tests.serve.prepared import FREE, add_webhook
from tests.serve.smtp_client import SmtpClient, connected

ONE_BY_ONE = 200
PROBE = 100
LOAD = Load(10, 2048)
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class Figures:
    """What the rounds gave: seconds for each message alone, and under load the rate and the CPU for each."""

    delays: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


class Receiver(asyncio.Protocol):
    """Answers every POST of one connection with 204, and counts it."""

    def __init__(self, posted: Tally) -> None:
        self._posted = posted
        self._octets = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what the answers go to."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Take the requests that are whole."""
        self._octets += data
        while (head := self._octets.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(self._octets, 0, head)
            end = head + (int(length[1]) if length else 0)
            if len(self._octets) < end:
                return
            self._octets = self._octets[end:]
            self._posted.add(1)
            self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


@asynccontextmanager
async def receiver(posted: Tally) -> AsyncIterator[int]:
    """Run a receiver; gives its port."""
    server = await asyncio.get_running_loop().create_server(lambda: Receiver(posted), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def measure(figures: Figures, programs: PostfixPrograms, seconds: float, disk: Path) -> None:
    """One round."""
    posted = Tally()
    with tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder:
        async with receiver(posted) as port:
            url = f"http://127.0.0.1:{port}/events"
            made = filled(Path(folder), more=lambda loftbox: add_webhook(loftbox, url, "message.received"))
            with serving(*made) as served:
                probe = await _sustained(programs, served, posted, PROBE)
                count = max(PROBE, int(probe * seconds))
                before = used(served.pid)
                figures.rates.append(await _sustained(programs, served, posted, count))
                after = used(served.pid)
                figures.cpu.append((after.cpu - before.cpu) / count)
                figures.memory.append(after.memory)
                async with connected(served.smtp) as client:
                    figures.delays += [await _delay(client, posted, number) for number in range(ONE_BY_ONE)]


async def _sustained(programs: PostfixPrograms, served: Served, posted: Tally, count: int) -> float:
    wanted, begun = posted.count + count, asyncio.get_running_loop().time()
    await asyncio.to_thread(timed, programs, LOAD, served.smtp, FREE, count)
    return count / (await posted.reached(wanted) - begun)


async def _delay(client: SmtpClient, posted: Tally, number: int) -> float:
    wanted = posted.count + 1
    arriving = asyncio.ensure_future(posted.reached(wanted))
    await client.to_data("source@bench.test", FREE)
    begun = asyncio.get_running_loop().time()
    await client.say(_mail(number) + b".\r\n")
    await client.reply()
    return await arriving - begun


def _mail(number: int) -> bytes:
    text = "Thank you, see you on Friday.\r\n" * 62
    return (
        f"From: Jane <source@bench.test>\r\nTo: <{FREE}>\r\nSubject: Your table\r\n"
        f"Message-ID: <{number}@bench.test>\r\n\r\n{text}"
    ).encode()


async def run(programs: PostfixPrograms, options: argparse.Namespace) -> None:
    """Measure the rounds and print the table."""
    figures = Figures()
    for _ in range(options.rounds):
        await measure(figures, programs, options.seconds, options.folder)
    middle, slow = (percentile(figures.delays, share) * 1e3 for share in (0.5, 0.99))
    sys.stdout.write(
        f"in to webhook, 2 KB, one at a time: {middle:.1f} ms p50, {slow:.1f} ms p99\n"
        f"sustained, {LOAD.sessions} sessions: {statistics.median(figures.rates):.0f}/s, "
        f"{statistics.median(figures.cpu) * 1e6:.0f} µs of CPU a message, "
        f"{statistics.median(figures.memory) / 1024**2:.0f} MB\n"
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.webhook")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    options = parser.parse_args()
    programs = postfix_programs()
    if programs is None:
        sys.exit(f"needs Postfix: run .ci/run once, and set {FOLDER} to the folder that it names")
    asyncio.run(run(programs, options))


if __name__ == "__main__":
    main()
