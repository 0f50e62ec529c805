"""How many messages a second are accepted and on the disk, beside Postfix.

    python -m tests.bench.accept [--rounds 3] [--seconds 5] [--folder /var/tmp]

as root, with Postfix unpacked by `.ci/run` or installed. The contenders take
turns (A B A B), and the table has the medians of the rounds: absolute figures
drift with the machine, the ratio within one run is what counts. Each contender
keeps its store or queue in a new folder on the disk that `--folder` names.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.bench.contender import Contender, PostfixContender
from tests.bench.smtp_load import Load, rate
from tests.peers.programs import FOLDER, PostfixPrograms, postfix_programs

# Of the places for large files that outlive nothing, the one that is never in memory.
DISK = Path("/var/tmp")  # noqa: S108  # each run makes a folder of its own in it

LOADS = (Load(10, 2048), Load(200, 2048), Load(10, 20 * 1024), Load(10, 1024**2))

Figures = dict[tuple[Load, str], list[float]]


def measure(
    contenders: Sequence[Contender], programs: PostfixPrograms, rounds: int, seconds: float, disk: Path
) -> Figures:
    """Run every load on every contender in turn, `rounds` times."""
    figures: Figures = {(load, contender.name): [] for load in LOADS for contender in contenders}
    for load in LOADS:
        for _ in range(rounds):
            for contender in contenders:
                with (
                    tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder,
                    contender.running(Path(folder)) as port,
                ):
                    figures[load, contender.name].append(
                        rate(programs, load, port, contender.recipient, seconds)
                    )
    return figures


def table(figures: Figures, contenders: Sequence[Contender]) -> Iterator[str]:
    """Write the medians, and how many times the first contender's each of the others is."""
    first, *others = (contender.name for contender in contenders)
    yield f"{'accepted a second':20}{first:>12}" + "".join(f"{name:>12}{'ratio':>8}" for name in others)
    for load in LOADS:
        anchor = statistics.median(figures[load, first])
        line = f"{load.name:20}{anchor:12.0f}"
        for name in others:
            median = statistics.median(figures[load, name])
            line += f"{median:12.0f}{median / anchor:7.2f}x"
        yield line


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accept")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    options = parser.parse_args()
    programs = postfix_programs()
    if programs is None:
        sys.exit(f"needs Postfix: run .ci/run once, and set {FOLDER} to the folder that it names")
    contenders: list[Contender] = [PostfixContender(programs)]
    figures = measure(contenders, programs, options.rounds, options.seconds, options.folder)
    for line in table(figures, contenders):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
