"""A `loftbox serve` in a process of its own, and what it says.

Nothing sleeps here. What a test waits for is a line of the daemon's log, which is
written after the commit that it tells of.
"""

import asyncio
import contextlib
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

PATIENCE = 20.0  # seconds after which a test gives up waiting


@dataclass
class Daemon:
    """A `loftbox serve` that runs, or has run. `log` holds its lines so far, `doors` where it listens."""

    process: asyncio.subprocess.Process
    doors: dict[str, int] = field(default_factory=dict)
    announced: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)  # on standard error, and not of the log
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _reading: tuple[asyncio.Task[None], ...] = ()

    def listen(self) -> None:
        """Begin to read what it says."""
        self._reading = asyncio.create_task(self._read_out()), asyncio.create_task(self._read_err())

    async def ready(self) -> Self:
        """Wait until it says that it is ready."""
        await self.until(lambda: {"event": "ready"} in self.announced)
        return self

    async def until(self, seen: Callable[[], object]) -> None:
        """Wait until `seen`, which is asked again after each line that the daemon writes."""
        try:
            async with asyncio.timeout(PATIENCE), self._changed:
                await self._changed.wait_for(lambda: seen() or self._over())
        except TimeoutError:
            raise AssertionError(f"did not come:\n{self.told()}") from None
        assert seen(), f"the daemon ended with {self.process.returncode}:\n{self.told()}"

    async def said(self, event: str, **members: object) -> dict[str, Any]:
        """Wait for a line of the log, and answer it."""
        wanted = {"event": event, **members}

        def found() -> list[dict[str, Any]]:
            return [line for line in self.log if wanted.items() <= line.items()]

        await self.until(found)
        return found()[0]

    async def ended(self) -> int:
        """Wait until it is gone, and answer its exit code; minus the signal's number when one ended it."""
        try:
            async with asyncio.timeout(PATIENCE):
                code = await self.process.wait()
                await asyncio.gather(*self._reading)
        except TimeoutError:
            raise AssertionError(f"it did not end:\n{self.told()}") from None
        return code

    async def stop(self) -> int:
        """Ask it to stop, as a service manager does, and answer its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.ended()

    def told(self) -> str:
        """The end of what it said, for whoever reads a failed test."""
        return "\n".join([*(json.dumps(line) for line in self.log[-40:]), *self.words])

    def _over(self) -> bool:
        return all(task.done() for task in self._reading) or self.process.returncode is not None

    async def _read_out(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            said = json.loads(line)
            async with self._changed:
                self.announced.append(said)
                if said["event"] == "listening":
                    self.doors[said["name"]] = said["port"]
                self._changed.notify_all()
        await self._notify()

    async def _read_err(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._changed:
                if line.startswith(b'{"') and b'"timestamp"' in line:
                    self.log.append(json.loads(line))
                else:
                    self.words.append(line.decode(errors="replace").rstrip())
                self._changed.notify_all()
        await self.process.wait()
        await self._notify()

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()
