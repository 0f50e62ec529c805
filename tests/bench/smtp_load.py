"""Load by smtp-source, the generator that comes with Postfix."""

import subprocess
import time
from dataclasses import dataclass

from tests.bench.contender import Running
from tests.bench.process_tree import used
from tests.peers.programs import PostfixPrograms

PROBE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """How many sessions send how many octets a message, many messages a connection or one."""

    sessions: int
    octets: int
    reconnects: bool = False

    @property
    def name(self) -> str:
        """What the table calls it."""
        size = f"{self.octets // 1024} KB" if self.octets < 1024**2 else f"{self.octets // 1024**2} MB"
        return f"{size}, {self.sessions} sessions{', one each' if self.reconnects else ''}"


@dataclass(frozen=True, slots=True)
class Taken:
    """Messages a second, the server's seconds of CPU for each, and its memory under that load in octets."""

    rate: float
    cpu: float
    memory: int


def measured(programs: PostfixPrograms, load: Load, server: Running, recipient: str, seconds: float) -> Taken:
    """Measure for about `seconds`. A probe finds how many messages fill them, and warms the server up."""
    count, took = load.sessions, 0.0
    while took < PROBE_SECONDS:
        count *= 2
        took = timed(programs, load, server.port, recipient, count)
    count = max(load.sessions, int(count / took * seconds))
    before = used(server.pid)
    took = timed(programs, load, server.port, recipient, count)
    after = used(server.pid)
    return Taken(count / took, (after.cpu - before.cpu) / count, after.memory)


def timed(programs: PostfixPrograms, load: Load, port: int, recipient: str, count: int) -> float:
    """Send `count` messages; return the seconds until the last 250."""
    begun = time.perf_counter()
    subprocess.run(
        [
            *(programs.commands / "smtp-source", *(() if load.reconnects else ("-d",))),
            *("-s", f"{load.sessions}", "-m", f"{count}", "-l", f"{load.octets}"),
            *("-f", "source@bench.test", "-t", recipient, f"127.0.0.1:{port}"),
        ],
        env=programs.environment,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - begun
