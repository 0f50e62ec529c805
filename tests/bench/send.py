"""How fast messages leave, from the submission to the next hop's 250, beside Postfix.

    python -m tests.bench.send [--rounds 3] [--seconds 4] [--folder /var/tmp] [--clients 10]

as root, with Postfix unpacked by `.ci/run` or installed. LoftBox takes messages by
POST /v1/messages, composes, asks the gate, writes events and signs with RSA and
Ed25519; Postfix takes them by SMTP and signs nothing. Both relay to the same
smtp-sink. "answered" is 202s or 250s a second, "at the sink" messages a second
until the queue is empty, and the latency is from the answer to the message at
the sink, one message at a time.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.accept import DISK
from tests.bench.process_tree import used
from tests.bench.senders import LoftBoxSender, Outlet, PostfixSender, Sender
from tests.bench.sink import Sink, open_sink
from tests.bench.tally import percentile
from tests.peers.programs import FOLDER, PostfixPrograms, postfix_programs

CLIENTS = (1, 10, 32)
ONE_BY_ONE = 200
PROBE = 64


@dataclass(frozen=True, slots=True)
class Sent:
    """Messages a second as answered and as they reached the sink; seconds of CPU for each."""

    answered: float
    arrived: float
    cpu: float


@dataclass(slots=True)
class Figures:
    """What the rounds of one sender gave."""

    rates: dict[int, list[Sent]] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)


async def measure(
    sender: Sender,
    figures: Figures,
    clients: Sequence[int],
    programs: PostfixPrograms,
    seconds: float,
    disk: Path,
) -> None:
    """One round of one sender."""
    with tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder:
        async with (
            open_sink(programs) as sink,
            sender.running(Path(folder), sink.port) as outlet,
        ):
            for each in clients:
                probe = await _sent(outlet, sink, PROBE, each)
                count = max(PROBE, int(probe.arrived * seconds))
                figures.rates.setdefault(each, []).append(await _sent(outlet, sink, count, each))
            figures.delays += [await _delay(outlet, sink) for _ in range(ONE_BY_ONE)]


async def _sent(outlet: Outlet, sink: Sink, count: int, clients: int) -> Sent:
    now = asyncio.get_running_loop().time
    before, wanted, begun = used(outlet.pid), sink.taken.count + count, now()
    await outlet.many(count, clients)
    answered = now()
    arrived = await sink.taken.reached(wanted)
    cpu = (used(outlet.pid).cpu - before.cpu) / count
    return Sent(count / (answered - begun), count / (arrived - begun), cpu)


async def _delay(outlet: Outlet, sink: Sink) -> float:
    wanted = sink.taken.count + 1
    arriving = asyncio.ensure_future(sink.taken.reached(wanted))
    await outlet.one()
    answered = asyncio.get_running_loop().time()
    return max(0.0, await arriving - answered)


def table(figures: dict[str, Figures], clients: Sequence[int]) -> Iterator[str]:
    """Write the medians of each sender."""
    anchor = figures["postfix"]
    yield f"{'':24}{'answered':>10}{'':8}{'at the sink':>12}{'':8}{'CPU/msg':>10}"
    for each in clients:
        for name, found in figures.items():
            rates, theirs = found.rates[each], anchor.rates[each]
            answered = statistics.median(sent.answered for sent in rates)
            arrived = statistics.median(sent.arrived for sent in rates)
            yield (
                f"{f'{each} clients, {name}':24}"
                f"{answered:10.0f}{answered / statistics.median(sent.answered for sent in theirs):7.2f}x"
                f"{arrived:12.0f}{arrived / statistics.median(sent.arrived for sent in theirs):7.2f}x"
                f"{statistics.median(sent.cpu for sent in rates) * 1e6:7.0f} µs"
            )
    for name, found in figures.items():
        middle, slow = (percentile(found.delays, share) * 1e3 for share in (0.5, 0.99))
        yield f"{f'answer to sink, {name}':24}{middle:10.1f} ms p50{slow:10.1f} ms p99"


async def compare(programs: PostfixPrograms, options: argparse.Namespace) -> None:
    """Let the senders take turns, and print the table."""
    senders: tuple[Sender, ...] = (PostfixSender(programs), LoftBoxSender())
    figures = {sender.name: Figures() for sender in senders}
    clients = options.clients or CLIENTS
    for _ in range(options.rounds):
        for sender in senders:
            await measure(sender, figures[sender.name], clients, programs, options.seconds, options.folder)
    for line in table(figures, clients):
        sys.stdout.write(line + "\n")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.send")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    parser.add_argument("--clients", type=int, action="append", help="only with so many")
    options = parser.parse_args()
    programs = postfix_programs()
    if programs is None:
        sys.exit(f"needs Postfix: run .ci/run once, and set {FOLDER} to the folder that it names")
    asyncio.run(compare(programs, options))


if __name__ == "__main__":
    main()
