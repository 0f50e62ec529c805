"""Whether what is stored makes anything dearer: each operation with 1,000 and with 1,000,000 messages.

    python -m tests.bench.growth [--messages 1000000] [--rounds 5] [--folder /var/tmp] [--keep FOLDER]

The stores are made by `tests.bench.stocked`: the product's own conversations, copied. A
million messages take some minutes and 6 GB on the disk that `--folder` names; with
`--keep` they stay there, and the next run begins at once. Both stores take turns,
operation by operation; a figure is the median of the rounds, each of them the mean of
some repetitions. What counts is the CPU and the ratio: the time on the clock has the
disk's sync in it. Commands and the daemon's start are whole processes, Python included.
"""

import argparse
import contextlib
import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loftbox_cli.core.key import Scope
from loftbox_cli.core.page import Page
from loftbox_cli.core.reading import Reading
from loftbox_cli.edge.store import file
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.services import deliveries, events, intake, keys, messages, notify, status, threads
from loftbox_cli.services.keys import Principal
from loftbox_cli.services.tx import EVERYTHING
from loftbox_cli.wiring import LoftBox, system_user
from tests.bench.accept import DISK
from tests.bench.desk import SLOTS, Desk
from tests.bench.process_tree import used
from tests.bench.served import serving
from tests.bench.start import LOFTBOX, cost
from tests.bench.stocked import EVERY, MAILBOXES, MESSAGES, RARE, Stocked, kept
from tests.serve.prepared import FREE

REPEATED = 20
# No mail is one that an earlier run has brought to a kept store: that would be the same mail again.
_numbers = itertools.count(time.time_ns())


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds for one operation: of the processor, and on the clock."""

    cpu: float
    wall: float


Operation = Callable[[], object]


class Subject:
    """One opened store, and what is done to it. Old things are picked all over it."""

    def __init__(self, stock: Stocked, loftbox: LoftBox) -> None:
        self.stock = stock
        self.desk = Desk(loftbox, loftbox.clock.now)
        self._store = loftbox.store
        self._loftbox = loftbox
        self._agent: Principal = self._authenticated()
        old = self._spread_out()
        self._middle = sorted(old)[len(old) // 2]
        self._old = itertools.cycle(old)

    def operations(self) -> Mapping[str, Operation]:
        """What is measured, by the name that the table gives it."""
        look, agent = self._store.glance, self._agent.viewer
        first, middle = Page(), Page(after=self._middle)
        one = FREE
        return {
            "mail of a new thread: accept, file, post": self._new_mail,
            "mail of an old thread: accept, file, post": self._answer_to_old,
            "send a new message": self._send,
            "send and deliver a new message": self._deliver,
            "send an answer in an old thread": self._send_to_old,
            "make a key": self._make_key,
            "know a key": self._authenticated,
            "claim mail, none there": lambda: look(intake.waits, now=self.desk.now()),
            "claim deliveries, none due": lambda: look(deliveries.next_at, SLOTS),
            "claim webhooks, none due": lambda: look(notify.next_at, busy=()),
            "messages, newest 50": lambda: look(messages.page, first, EVERYTHING),
            "messages of an agent, newest 50": lambda: look(messages.page, first, agent),
            "messages of an agent, from the middle": lambda: look(messages.page, middle, agent),
            "messages of one mailbox": lambda: look(
                messages.page, first, agent, messages.Wanted(mailbox=one)
            ),
            "messages from one person": lambda: look(
                messages.page, first, agent, messages.Wanted(sender=self._person)
            ),
            "messages of the last half of the time": lambda: look(
                messages.page, first, agent, messages.Wanted(since=self._half)
            ),
            "search, a rare word": lambda: look(
                messages.page, first, agent, messages.Wanted(words=f"{RARE} 0.1.x000000")
            ),
            "search, a word that all have": lambda: look(
                messages.page, first, agent, messages.Wanted(words="window")
            ),
            "threads of an agent": lambda: look(threads.page, first, agent),
            "show an old thread": lambda: look(threads.retrieve, self._old_thread(), first, agent),
            "events, newest 50": lambda: look(events.page, first, events.Wanted(), EVERYTHING),
            "events of one mailbox": lambda: look(
                events.page, first, events.Wanted(mailbox_id=self._mailbox_id), EVERYTHING
            ),
            "events of a type that never came": lambda: look(
                events.page, first, events.Wanted(types=("canary.found",)), EVERYTHING
            ),
            "trace an old message": lambda: look(events.trace, next(self._old), EVERYTHING),
            "status": lambda: look(status.status, now=self.desk.now()),
        }

    @property
    def _person(self) -> str:
        return "jane7.x000000@peer7.test"

    @property
    def _half(self) -> datetime:
        return self.desk.now() - self.stock.messages // 2 * EVERY

    @property
    def _mailbox_id(self) -> str:
        found = self._store.glance(lambda tx: tx.mailboxes.find(address=FREE))
        return found.id if found else ""

    def _authenticated(self) -> Principal:
        return self._store.glance(keys.authenticate, self.stock.keys.agent, now=self._loftbox.clock.now())

    def _spread_out(self) -> list[str]:
        """Messages that came in, from all over the store and in no order of their age."""
        with contextlib.closing(file.open_reader(self._loftbox.file)) as connection:
            rows = [1 + number * 311 % 500 * self.stock.messages // 500 for number in range(500)]
            found = [
                connection.execute(
                    "SELECT id FROM messages WHERE rowid >= ? AND direction = 'inbound' LIMIT 1", (row,)
                ).fetchone()
                for row in rows
            ]
        return [row[0] for row in found if row]

    def _old_thread(self) -> str:
        return self._store.glance(lambda tx: tx.messages.get(next(self._old))).thread_id

    def _new_mail(self) -> None:
        number = next(_numbers)
        letter = self.desk.letter(f"new{number}@peer.test", f"n{number}", f"A table {number}")
        self._take(letter, MAILBOXES[number % len(MAILBOXES)])

    def _answer_to_old(self) -> None:
        old = self._store.glance(lambda tx: tx.messages.get(next(self._old)))
        mailbox = self._store.glance(lambda tx: tx.mailboxes.get(old.mailbox_id))
        letter = self.desk.letter(
            old.from_[0].address, f"r{next(_numbers)}", f"Re: {old.subject}", old.rfc_message_id
        )
        self._take(letter, mailbox.address)

    def _take(self, letter: Reading, mailbox: str) -> None:
        self.desk.accept(letter, mailbox)
        self.desk.file(letter)
        self.desk.post()

    def _send(self) -> None:
        number = next(_numbers)
        self.desk.send(
            MAILBOXES[number % len(MAILBOXES)], f"to{number}@peer{number % 50}.test", f"A table {number}"
        )

    def _deliver(self) -> None:
        self._send()
        self.desk.carry()

    def _send_to_old(self) -> None:
        old = self._store.glance(lambda tx: tx.messages.get(next(self._old)))
        self.desk.send(old.mailbox_id, old.from_[0].address, f"Re: {old.subject}", old.id)

    def _make_key(self) -> None:
        self._store.write(
            keys.create,
            owner_id=self._agent.actor.id,
            name="",
            scopes=frozenset({Scope.READ}),
            secret=secret_octets(),
            expires_at=None,
            by=system_user(),
            request_id=self._loftbox.request_id(),
            now=self.desk.now(),
        )


def measured(operation: Operation) -> Took:
    """Run an operation some times; one that takes long is run less often."""
    cpu, wall, runs = time.process_time(), time.perf_counter(), 0
    while runs < REPEATED and time.perf_counter() - wall < 2:
        operation()
        runs += 1
    return Took((time.process_time() - cpu) / runs, (time.perf_counter() - wall) / runs)


def commands(stock: Stocked) -> Mapping[str, Callable[[], Took]]:
    """Whole processes."""
    config = ("--config", str(stock.gateway.file))

    def command(*words: str) -> Callable[[], Took]:
        def run() -> Took:
            spent = cost((*LOFTBOX, *config, *words), stock.gateway)
            return Took(spent.cpu, spent.wall)

        return run

    def start() -> Took:
        begun = time.perf_counter()
        with serving(stock.gateway, stock.keys) as served:
            return Took(used(served.pid).cpu, time.perf_counter() - begun)

    return {
        "loftbox status": command("status"),
        "loftbox logs --limit 20": command("logs", "--limit", "20"),
        "loftbox message list --limit 20": command("message", "list", "--limit", "20"),
        "loftbox serve, until it is ready": start,
    }


def compare(stocks: Sequence[Stocked], rounds: int) -> Iterator[str]:
    """Let the stores take turns, and write a line for each operation."""
    yield f"{'':40}{stocks[0].messages:>12,}{'':12}{stocks[1].messages:>12,}"
    yield f"{'':40}{'CPU':>12}{'clock':>12}{'CPU':>12}{'clock':>12}{'CPU ratio':>12}"
    with contextlib.ExitStack() as stack:
        both = [
            Subject(stock, stack.enter_context(stock.gateway.opened(alone=True))).operations()
            for stock in stocks
        ]
        for name in both[0]:
            runs = [[measured(each[name]) for each in both] for _ in range(rounds + 1)][1:]
            yield line(name, runs)
    started = [commands(stock) for stock in stocks]
    for name in started[0]:
        yield line(name, [[each[name]() for each in started] for _ in range(rounds)])


def line(name: str, rounds: Sequence[Sequence[Took]]) -> str:
    """The medians of one operation."""
    small, large = (
        Took(
            statistics.median(each[place].cpu for each in rounds),
            statistics.median(each[place].wall for each in rounds),
        )
        for place in (0, 1)
    )
    told = "".join(f"{figure * 1e3:9.3f} ms" for took in (small, large) for figure in (took.cpu, took.wall))
    return f"{name:40}{told}{large.cpu / small.cpu:11.2f}x"


def main() -> None:
    """Fill what is not there, measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth")
    parser.add_argument("--messages", type=int, default=1_000_000, help=f"in steps of {MESSAGES}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=DISK, help="on the disk to measure")
    parser.add_argument("--keep", type=Path, help="a folder in which the stores stay")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(dir=options.folder, ignore_cleanup_errors=True))
        )
        stocks = [kept(folder, count) for count in (MESSAGES, options.messages)]
        for told in compare(stocks, options.rounds):
            sys.stdout.write(told + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
