"""The reading processes, seen from the daemon: one mail at a time each, with a deadline.

A process that is late is killed, not asked: hostile mail is what made it late. The
mail's bytes are safe in the store, so ReaderDied only means another try, or a mail
that is set aside.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Sequence

from loftbox_cli.core.errors import ReaderDied
from loftbox_cli.core.reading import Reading
from loftbox_cli.edge.mail_read import wire

COMMAND = (sys.executable, "-m", "loftbox_cli.edge.mail_read.worker")
START_SECONDS = 5.0  # more for the first mail of a process, which has to start for it

# What Python needs to start, and nothing else: the daemon's environment may name secrets.
_PASSED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "LC_ALL", "SYSTEMROOT")


def deadline(octets: int) -> float:
    """Seconds for one mail: one a MiB, at least two and at most ten."""
    return min(10.0, max(2.0, octets / 1024**2))


class ReaderPool:
    """Reads mails in up to `size` processes, which start when they are first needed."""

    def __init__(
        self,
        size: int = 1,
        *,
        command: Sequence[str] = COMMAND,
        allowed: Callable[[int], float] = deadline,
    ) -> None:
        self._command = command
        self._allowed = allowed
        self._size = size
        self._idle: list[asyncio.subprocess.Process] = []
        self._running: set[asyncio.subprocess.Process] = set()
        self._slots = asyncio.Semaphore(size)
        self._closed = False

    async def read(self, raw: bytes) -> Reading:
        """Read one mail; raises ReaderDied when its process did not live through it."""
        async with self._slots:
            if self._closed:
                raise ReaderDied("the readers are stopped", fix="try again after the restart")
            seconds = self._allowed(len(raw)) + (0 if self._idle else START_SECONDS)
            try:
                worker = self._idle.pop() if self._idle else await self._started()
                async with asyncio.timeout(seconds):
                    reading = await self._served(worker, raw)
            except TimeoutError:
                raise ReaderDied(f"reading the mail took longer than {seconds:g} seconds") from None
            except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
                raise ReaderDied(f"the process that read the mail died ({type(error).__name__})") from None
            return reading

    async def close(self) -> None:
        """Kill all processes; whoever is being served gets ReaderDied."""
        self._closed = True
        for worker in self._running:
            _kill(worker)
        for _ in range(self._size):
            await self._slots.acquire()
        while self._idle:
            await self._ended(self._idle.pop())
        for _ in range(self._size):
            self._slots.release()

    async def _served(self, worker: asyncio.subprocess.Process, raw: bytes) -> Reading:
        try:
            reading = await _ask(worker, raw)
        except BaseException:
            # Also when our own task is cancelled: an answer that nobody waits for would be
            # taken for the next mail's.
            await asyncio.shield(self._ended(worker))
            raise
        self._idle.append(worker)
        return reading

    async def _started(self) -> asyncio.subprocess.Process:
        worker = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )
        self._running.add(worker)
        return worker

    async def _ended(self, worker: asyncio.subprocess.Process) -> None:
        self._running.discard(worker)
        _kill(worker)
        await worker.communicate()  # what was still in its pipes, and its exit


async def _ask(worker: asyncio.subprocess.Process, raw: bytes) -> Reading:
    if worker.stdin is None or worker.stdout is None:
        raise EOFError
    worker.stdin.write(wire.LENGTH.pack(len(raw)))
    worker.stdin.write(raw)
    await worker.stdin.drain()
    (size,) = wire.LENGTH.unpack(await worker.stdout.readexactly(wire.LENGTH.size))
    if size > wire.MAX_ANSWER:
        raise ValueError
    return wire.decode(await worker.stdout.readexactly(size))


def _kill(worker: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        worker.kill()
