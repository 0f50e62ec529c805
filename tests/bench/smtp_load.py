"""Load by smtp-source, the generator that comes with Postfix."""

import subprocess
import time
from dataclasses import dataclass

from tests.peers.programs import PostfixPrograms

PROBE_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """How many sessions send how many octets a message."""

    sessions: int
    octets: int

    @property
    def name(self) -> str:
        """What the table calls it."""
        size = f"{self.octets // 1024} KB" if self.octets < 1024**2 else f"{self.octets // 1024**2} MB"
        return f"{size}, {self.sessions} sessions"


def rate(programs: PostfixPrograms, load: Load, port: int, recipient: str, seconds: float) -> float:
    """Return accepted messages a second, measured for about `seconds`.

    A probe finds how many messages fill that time; it also warms the server up.
    """
    count, took = load.sessions, 0.0
    while took < PROBE_SECONDS:
        count *= 2
        took = timed(programs, load, port, recipient, count)
    count = max(load.sessions, int(count / took * seconds))
    return count / timed(programs, load, port, recipient, count)


def timed(programs: PostfixPrograms, load: Load, port: int, recipient: str, count: int) -> float:
    """Send `count` messages, many a connection; return the seconds until the last 250."""
    begun = time.perf_counter()
    subprocess.run(
        [
            *(programs.commands / "smtp-source", "-d", "-s", f"{load.sessions}", "-m", f"{count}"),
            *("-l", f"{load.octets}", "-f", "source@bench.test", "-t", recipient, f"127.0.0.1:{port}"),
        ],
        env=programs.environment,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - begun
