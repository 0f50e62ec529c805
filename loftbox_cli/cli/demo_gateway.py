"""The gateway of the demo: the real program, in processes of its own, with a store of its own.

Commands are run as a person runs them, and the API is called as an agent calls it.
Nothing of the caller's own gateway is used: neither settings nor keys nor its service
manager.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loftbox_cli.cli.demo_folder import LOG
from loftbox_cli.cli.demo_steps import NotAsExpected
from loftbox_cli.cli.demo_world import LOOPBACK, MAIL_HOST, World

OPERATOR = "olga@demo.test"
LAST_WORD = 5.0  # seconds that an abandoned daemon has to stop by itself

# What a service manager says to one process, and not to its children.
_OF_SERVICES = (
    "CONFIGURATION_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
    "NOTIFY_SOCKET",
    "STATE_DIRECTORY",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
)


@dataclass(frozen=True, slots=True)
class Program:
    """`loftbox`, with the settings of the demo."""

    folder: Path
    settings: Path
    environ: Mapping[str, str]

    async def text(self, *words: str, code: int = 0) -> str:
        """Run a command and answer what it wrote; raises NotAsExpected for another exit code."""
        process = await self._start(*words, stderr=asyncio.subprocess.PIPE)
        try:
            stdout, stderr = await process.communicate()
        finally:
            await _end(process)
        if process.returncode != code:
            told = " ".join(map(str.strip, stderr.decode(errors="replace").splitlines()[-2:]))
            raise NotAsExpected(
                f"loftbox {' '.join(words)}",
                expected=f"exit code {code}",
                seen=f"exit code {process.returncode} ({told or 'no words'})",
            )
        return stdout.decode()

    async def json(self, *words: str, code: int = 0) -> Any:
        """Run a command and answer the JSON document that it wrote."""
        text = await self.text(*words, "--json", code=code)
        try:
            return json.loads(text)
        except ValueError:
            raise NotAsExpected(
                f"loftbox {' '.join(words)} --json", expected="one JSON document", seen=repr(text)
            ) from None

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Daemon"]:
        """Run `loftbox serve` while the block runs; its log goes to a file in the folder."""
        log = self.folder / LOG
        with log.open("wb") as stderr:
            process = await self._start("serve", "--json", stderr=stderr.fileno())
        daemon = Daemon(process, log)
        try:
            yield daemon
        finally:
            await _end(process)

    async def _start(self, *words: str, stderr: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "loftbox_cli",
            "--config",
            str(self.settings),
            *words,
            env=self.environ,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            # Ctrl-C is for us: we stop our children in good order.
            start_new_session=True,
        )


@dataclass(slots=True)
class Daemon:
    """A running `loftbox serve`, and where it listens."""

    process: asyncio.subprocess.Process
    log: Path
    ports: dict[str, int] = field(default_factory=dict)

    async def until_ready(self) -> None:
        """Read what it says while it starts; raises NotAsExpected when it ends instead."""
        while line := await self._line():
            said = json.loads(line)
            if said["event"] == "ready":
                return
            self.ports[said["name"]] = said["port"]
        code = await self.process.wait()
        *_, words = self.log.read_text(errors="replace").splitlines() or ["no words"]
        raise NotAsExpected("loftbox serve", expected="ready", seen=f"exit code {code} ({words})")

    async def _line(self) -> bytes:
        return await self.process.stdout.readline() if self.process.stdout else b""

    async def stop(self) -> int:
        """Ask it to stop, as a service manager does; answers its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


async def _end(process: asyncio.subprocess.Process) -> None:
    """See that a child is gone, by force if need be."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(LAST_WORD):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def write_settings(folder: Path, world: World) -> Program:
    """Write the settings that put a gateway into `world`, with its store in `folder`."""
    import tomli_w

    settings: dict[str, dict[str, Any]] = {
        "gateway": {
            "hostname": MAIL_HOST,
            "operator": OPERATOR,
            "approve_domains": True,
            "notices": False,  # the one person there reads the screen
        },
        "store": {"path": str(folder / "store")},
        "smtp": {"host": LOOPBACK, "port": 0},
        "http": {"host": LOOPBACK, "port": 0},
        "dns": {"servers": [f"{LOOPBACK}:{world.zone.port}"]},
        "delivery": {"port": world.recipient.port, "allow_networks": ["127.0.0.0/8"]},
        "webhooks": {"allow_networks": ["127.0.0.0/8"]},
        "log": {"format": "json"},
    }
    file = folder / "loftbox.toml"
    file.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return Program(folder, file, _environment())


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LOFTBOX_", "_LOFTBOX_")) and name not in _OF_SERVICES
    }
