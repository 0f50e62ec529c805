"""How many messages a second are accepted and on the disk, beside Postfix.

    python -m tests.bench.accept [--rounds 3] [--seconds 5] [--folder /var/tmp] [--load 1]

as root, with Postfix unpacked by `.ci/run` or installed. The contenders take
turns (A B A B), and the table has the medians of the rounds: absolute figures
drift with the machine, the ratio within one run is what counts. Each contender
keeps its store or queue in a new folder on the disk that `--folder` names. What
happens to a message after its 250 goes on meanwhile, and counts: Postfix throws it
away, LoftBox reads and files it, most of it when the rush is over.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.contender import Contender, LoftBoxContender, PostfixContender
from tests.bench.smtp_load import Load, Taken, measured
from tests.peers.programs import FOLDER, PostfixPrograms, postfix_programs

# Of the places for large files that outlive nothing, the one that is never in memory.
DISK = Path("/var/tmp")  # noqa: S108  # each run makes a folder of its own in it

LOADS = (
    Load(1, 2048),
    Load(10, 2048),
    Load(200, 2048),
    Load(10, 2048, reconnects=True),
    Load(10, 20 * 1024),
    Load(10, 1024**2),
)

Figures = dict[tuple[Load, str], list[Taken]]


def measure(
    contenders: Sequence[Contender],
    loads: Sequence[Load],
    programs: PostfixPrograms,
    rounds: int,
    seconds: float,
    disk: Path,
) -> Figures:
    """Run every load on every contender in turn, `rounds` times."""
    figures: Figures = {(load, contender.name): [] for load in loads for contender in contenders}
    for load in loads:
        for _ in range(rounds):
            for contender in contenders:
                with (
                    tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder,
                    contender.running(Path(folder)) as server,
                ):
                    figures[load, contender.name].append(
                        measured(programs, load, server, contender.recipient, seconds)
                    )
    return figures


def table(figures: Figures, contenders: Sequence[Contender], loads: Sequence[Load]) -> Iterator[str]:
    """Write the medians, and how many times the first contender's rate each of the others has."""
    first = contenders[0].name
    yield f"{'accepted a second':28}" + "".join(
        f"{contender.name:>10}{'':8}{'CPU/msg':>9}{'PSS':>9}" for contender in contenders
    )
    for load in loads:
        anchor = statistics.median(taken.rate for taken in figures[load, first])
        yield f"{load.name:28}" + "".join(
            columns(figures[load, contender.name], anchor) for contender in contenders
        )


def columns(rounds: Sequence[Taken], anchor: float) -> str:
    """One contender's medians."""
    rate = statistics.median(taken.rate for taken in rounds)
    cpu = statistics.median(taken.cpu for taken in rounds)
    memory = statistics.median(taken.memory for taken in rounds)
    return f"{rate:10.0f}{rate / anchor:7.2f}x{cpu * 1e6:6.0f} µs{memory / 1024**2:6.0f} MB"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accept")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    parser.add_argument("--load", type=int, action="append", help=f"only this of 0 to {len(LOADS) - 1}")
    options = parser.parse_args()
    programs = postfix_programs()
    if programs is None:
        sys.exit(f"needs Postfix: run .ci/run once, and set {FOLDER} to the folder that it names")
    contenders: list[Contender] = [PostfixContender(programs), LoftBoxContender()]
    loads = LOADS if options.load is None else [LOADS[number] for number in options.load]
    figures = measure(contenders, loads, programs, options.rounds, options.seconds, options.folder)
    for line in table(figures, contenders, loads):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
