"""How much memory the daemon and its reading processes take: idle, under large mail, and after.

    python -m tests.bench.memory [--seconds 10] [--sessions 10] [--octets 1048576]

PSS of the process tree: what several processes share is divided among them. "Started"
is the daemon alone; "idle" is after a first mail, whose reading process stays. Then
sessions send large mails as fast as they are taken, one connection each, and the peak
is of samples twenty times a second, while that goes on and until everything is read
and filed. "After" is ten seconds later. The load generator is a process of its own.
"""

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from loftbox_cli.services import status
from tests.bench.accept import DISK
from tests.bench.process_tree import by_process, used
from tests.bench.served import Served, filled, serving
from tests.serve.gateway import Gateway
from tests.serve.prepared import FREE
from tests.serve.smtp_client import MAIL, connected

MEGABYTE = 1024**2
SAMPLES = 0.05  # seconds between two
REST = 10.0  # seconds after which what was taken for the load should be given back
MUST = {"idle": 250, "peak": 400}  # MB
AIM = {"idle": 150, "peak": 250}


def send(port: int, sessions: int, octets: int, seconds: float) -> None:
    """Send large mails until the time is over; the program of the other process."""
    asyncio.run(_send(port, sessions, octets, seconds))


async def _send(port: int, sessions: int, octets: int, seconds: float) -> None:
    until = time.monotonic() + seconds

    async def session(number: int) -> None:
        async with connected(port) as client:
            count = 0
            while time.monotonic() < until:
                head = f"From: <a@bench.test>\r\nSubject: {number} {count}\r\n\r\n".encode()
                line = b"All work and no play makes a dull mail, and so it goes on and on.\r\n"
                await client.message("a@bench.test", FREE, head + line * (octets // len(line)))
                count += 1

    await asyncio.gather(*map(session, range(sessions)))


async def read_one(served: Served) -> None:
    """Let the gateway read a mail, so that its reading process runs."""
    async with connected(served.smtp) as client:
        await client.message("source@bench.test", FREE, MAIL)


def settled(gateway: Gateway) -> bool:
    """Whether all mail that was taken is read."""
    with gateway.opened() as loftbox:
        return loftbox.store.glance(status.status, now=loftbox.clock.now()).unread == 0


def peak(pid: int, going_on: Callable[[], bool]) -> tuple[int, dict[str, int]]:
    """The most memory while something goes on, and what each process had at that moment."""
    most, parts = 0, dict[str, int]()
    while going_on():
        now = by_process(pid)
        if sum(now.values()) > most:
            most, parts = sum(now.values()), now
        time.sleep(SAMPLES)
    return most, parts


def measure(
    gateway: Gateway, served: Served, options: argparse.Namespace
) -> Iterator[tuple[str, int, dict[str, int]]]:
    """Each state of the daemon, its memory in octets, and that of its processes."""
    started = by_process(served.pid)
    yield "started", sum(started.values()), started
    asyncio.run(read_one(served))
    peak(served.pid, lambda: not settled(gateway))
    time.sleep(1)
    idle = by_process(served.pid)
    yield "idle", sum(idle.values()), idle
    load = multiprocessing.get_context("spawn").Process(
        target=send, args=(served.smtp, options.sessions, options.octets, options.seconds)
    )
    load.start()
    most, parts = peak(served.pid, load.is_alive)
    behind = peak(served.pid, lambda: not settled(gateway))
    yield "peak", *max((most, parts), behind, key=lambda each: each[0])
    time.sleep(REST)
    after = by_process(served.pid)
    yield "after", sum(after.values()), after


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long the load goes on")
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--octets", type=int, default=MEGABYTE)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True) as folder:
        gateway, keys = filled(Path(folder))
        sys.stdout.write(f"{'':10}{'PSS':>9}{'must':>9}{'aim':>9}\n")
        with serving(gateway, keys) as served:
            for name, octets, parts in measure(gateway, served, options):
                marks = "".join(f"{mark[name]:6} MB" if name in mark else " " * 9 for mark in (MUST, AIM))
                told = ", ".join(f"{part} {each / MEGABYTE:.0f}" for part, each in parts.items())
                sys.stdout.write(f"{name:10}{octets / MEGABYTE:6.0f} MB{marks}   {told}\n")
                sys.stdout.flush()
            sys.stdout.write(f"{used(served.pid).cpu:.1f} s of CPU in all\n")


if __name__ == "__main__":
    main()
