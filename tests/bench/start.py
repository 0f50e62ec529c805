"""What a command costs before it says anything, and what an idle gateway keeps in memory.

    python -m tests.bench.start [--rounds 10]

Each command is run in turn with an empty interpreter; the ratios are to that. CPU is
what the kernel counted for the process, and tells more than the time on a busy machine.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.process_tree import used
from tests.bench.served import Served, filled, serving
from tests.serve.gateway import Gateway
from tests.serve.prepared import FREE
from tests.serve.smtp_client import MAIL, connected

LOFTBOX = (sys.executable, "-m", "loftbox_cli")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, on the clock and of the processor."""

    wall: float
    cpu: float


def cost(command: Sequence[str], gateway: Gateway) -> Cost:
    """Run a command to its end."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=gateway.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, code, usage = os.wait4(process.pid, 0)
    took = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(code)
    if process.returncode:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return Cost(took, usage.ru_utime + usage.ru_stime)


async def read_one(served: Served) -> None:
    """Let the gateway read a mail, so that its reading process runs."""
    async with connected(served.smtp) as client:
        await client.message("source@bench.test", FREE, MAIL)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.start")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        gateway, keys = filled(Path(folder))
        commands = {
            "python -c pass": (sys.executable, "-c", "pass"),
            "loftbox --help": (*LOFTBOX, "--help"),
            "loftbox status": (*LOFTBOX, "--config", str(gateway.file), "status"),
        }
        costs: dict[str, list[Cost]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                costs[name].append(cost(command, gateway))
        empty = [statistics.median(figure) for figure in _columns(costs["python -c pass"])]
        for name, found in costs.items():
            wall, cpu = (statistics.median(figure) for figure in _columns(found))
            sys.stdout.write(
                f"{name:20}{wall * 1e3:8.0f} ms{wall / empty[0]:6.1f}x"
                f"{cpu * 1e3:8.0f} ms CPU{cpu / empty[1]:6.1f}x\n"
            )
        with serving(gateway, keys) as served:
            before = used(served.pid).memory
            asyncio.run(read_one(served))
            time.sleep(1)  # the reading process starts
            after = used(served.pid).memory
        sys.stdout.write(
            f"{'loftbox serve, idle':20}{before / 1024**2:8.0f} MB{after / 1024**2:8.0f} MB with its reader\n"
        )


def _columns(costs: Sequence[Cost]) -> tuple[list[float], list[float]]:
    return [each.wall for each in costs], [each.cpu for each in costs]


if __name__ == "__main__":
    main()
