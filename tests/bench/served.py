"""A `loftbox serve` to be measured, as it ships: filled with `prepare`, started, ended again."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loftbox_cli.wiring import LoftBox
from loftbox_cli.wiring.making import make
from tests.serve.gateway import Gateway, new_gateway
from tests.serve.prepared import Keys, prepare


@dataclass(frozen=True, slots=True)
class Served:
    """The daemon's process and its doors."""

    pid: int
    smtp: int
    http: int
    keys: Keys


def filled(
    folder: Path, *, more: Callable[[LoftBox], object] | None = None, **settings: Mapping[str, Any]
) -> tuple[Gateway, Keys]:
    """Make a gateway with a domain, an agent, its mailboxes and keys, and what `more` adds."""
    gateway = new_gateway(folder, **settings)
    make(gateway.loaded(), operator_name="Operator", in_keyring=False)
    with gateway.opened(alone=True) as loftbox:
        keys = prepare(loftbox)
        if more is not None:
            more(loftbox)
    return gateway, keys


@contextmanager
def serving(gateway: Gateway, keys: Keys) -> Iterator[Served]:
    """Run the daemon; its log goes to a file beside the store."""
    with (
        (gateway.folder / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "loftbox_cli", "--config", gateway.file, "serve", "--json"],
            env=gateway.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        try:
            ports = _ports(process)
            yield Served(process.pid, ports["smtp"], ports["http"], keys)
        finally:
            process.terminate()


def _ports(process: "subprocess.Popen[bytes]") -> dict[str, int]:
    ports: dict[str, int] = {}
    for line in process.stdout or ():
        said = json.loads(line)
        if said["event"] == "ready":
            return ports
        ports[said["name"]] = said["port"]
    raise RuntimeError("the daemon ended before it was ready")
