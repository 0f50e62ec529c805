"""A gateway as its operator runs it: settings in a file, commands, and `loftbox serve` as a process."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import httpx2
import tomli_w

from loftbox_cli.edge.config_file.load import Loaded, load_settings
from loftbox_cli.edge.config_file.places import Places
from loftbox_cli.services.tx import Tx
from loftbox_cli.wiring import LoftBox
from tests.serve.daemon import PATIENCE, Daemon

P = ParamSpec("P")
R = TypeVar("R")

HOSTNAME = "mx.example.test"
OPERATOR = "ops@example.test"
LOOPBACK = "127.0.0.1"

_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "gateway": {"hostname": HOSTNAME, "operator": OPERATOR, "approve_domains": True, "notices": False},
    "smtp": {"host": LOOPBACK, "port": 0},
    "http": {"host": LOOPBACK, "port": 0},
    # Nobody answers there: a test that asks DNS brings its own server.
    "dns": {"servers": [f"{LOOPBACK}:9"], "deadline": "2s"},
    "delivery": {"allow_networks": ["127.0.0.0/8"], "retry": ["200ms"], "give_up_after": "1h"},
    "webhooks": {"allow_networks": ["127.0.0.0/8"], "retry": ["0s", *["200ms"] * 99]},
    "log": {"format": "json"},
}
# What the surroundings of the tests may say, and no gateway of theirs may hear.
_UNHEARD = (
    *("LOFTBOX_", "XDG_", "NOTIFY_SOCKET", "WATCHDOG_"),
    *("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "CONFIGURATION_DIRECTORY"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has run."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Gateway:
    """Settings and a store in `folder`, and the daemons that were started on it."""

    folder: Path
    settings: dict[str, dict[str, Any]]
    environ: dict[str, str]
    daemons: list[Daemon] = field(default_factory=list)
    module: str = "loftbox_cli"  # what runs as `loftbox`

    @property
    def file(self) -> Path:
        return self.folder / "loftbox.toml"

    @property
    def store(self) -> Path:
        return self.folder / "store"

    @property
    def daemon(self) -> Daemon:
        """The last that was started."""
        return self.daemons[-1]

    @property
    def smtp(self) -> int:
        return self.daemon.doors["smtp"]

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.daemon.doors['http']}"

    def write_settings(self) -> None:
        self.file.write_text(tomli_w.dumps(self.settings))

    def loaded(self) -> Loaded:
        return load_settings(environ={}, places=Places(self.file, self.store), config=self.file)

    @contextlib.contextmanager
    def opened(self, *, alone: bool = False) -> Iterator[LoftBox]:
        """The store, in this process; `alone` while no daemon runs."""
        loftbox = LoftBox(self.loaded(), alone=alone)
        try:
            yield loftbox
        finally:
            loftbox.close()

    def glance(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Look at the store, whether a daemon runs or not."""
        with self.opened() as loftbox:
            return loftbox.store.glance(verb, *args, **kwargs)

    async def run(self, *words: str) -> Done:
        """Run a command as the operator types it."""
        process = await self._spawn(words, {})
        async with asyncio.timeout(PATIENCE):
            out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())

    async def spawn(self, *words: str, environ: Mapping[str, str] | None = None) -> Daemon:
        """Start the daemon, and do not wait for it."""
        daemon = Daemon(await self._spawn(("serve", "--json", *words), environ or {}))
        daemon.listen()
        self.daemons.append(daemon)
        return daemon

    async def start(self, *words: str, environ: Mapping[str, str] | None = None) -> Daemon:
        """Start the daemon and wait until it is ready."""
        return await (await self.spawn(*words, environ=environ)).ready()

    async def close(self) -> None:
        for daemon in self.daemons:
            await daemon.kill()

    async def _spawn(self, words: Sequence[str], environ: Mapping[str, str]) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", self.module, "--config", str(self.file), *words),
            env={**self.environ, **environ},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,  # a traceback is one line of the log
            start_new_session=True,
        )


def new_gateway(folder: Path, **settings: Mapping[str, Any]) -> Gateway:
    """Write settings; what is given by section goes over what all gateways of the tests have."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith(_UNHEARD)}
    environ["HOME"] = str(folder)
    merged = {
        section: {**_SETTINGS.get(section, {}), **settings.get(section, {})}
        for section in dict.fromkeys((*_SETTINGS, *settings))
    }
    merged["store"] = {"path": str(folder / "store")}
    gateway = Gateway(folder, merged, environ)
    gateway.write_settings()
    return gateway


@contextlib.asynccontextmanager
async def api(gateway: Gateway, key: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The API as a program with this key calls it."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(
        base_url=gateway.url, headers=headers, timeout=PATIENCE, trust_env=False
    ) as client:
        yield client
