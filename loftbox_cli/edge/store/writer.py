"""The one writer: verbs that wait together share one sync.

A thread owns the writing connection. It takes every verb that waits, runs them under
one savepoint, commits once, and only then answers. When a verb fails, those that ran
beside it run again, each under a savepoint of its own. SQLAlchemy's own handling is not
used here: on SQLite its SAVEPOINT without BEGIN commits at each RELEASE, which costs
one sync a verb.

Whoever stands at a door goes first. When several stand there at once, what the loops
do behind them gets a tenth of the time until the rush is over: a flood of mail is taken
in, and is not slowed down by the reading, which comes after.

A commit costs as much as a dozen small mails. Whoever has just been answered is often
back in a moment, so that in a rush a group waits that moment for as many as there were
before: ten senders share one commit, and not five commits by twos.

A commit that the disk refuses is the last one. The kernel may forget after a failed
sync that anything was unwritten, and a second sync would succeed and mean nothing.
So nothing is written any more until somebody has looked and started the daemon again.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any

from loftbox_cli.core.errors import StoreBusy, StoreFailed
from loftbox_cli.edge.store.faults import disk_failed, in_our_words, passes
from loftbox_cli.edge.store.jobs import Answer, Job, settle
from loftbox_cli.edge.store.sqlite import STATEMENT_FAULTS, DatabaseError
from loftbox_cli.edge.store.transaction import Transaction

GROUP_OCTETS = 4 * 1024 * 1024
GROUP_SECONDS = 0.020
BEHIND_SECONDS = 0.002  # for the loops in one group, when somebody waits at a door
RUSH = 3  # verbs of the doors in one group, or
RUSH_OCTETS = 512 * 1024  # that they bring into the store
RUSH_SECONDS = 0.05
GATHER_SECONDS = 0.003  # in a rush, for those who were here a moment ago
GATHERED = 32  # by then the commit is a small part of what each costs
MOST_WAITING = 2_000


class Writer:
    """Runs jobs in groups. `committed` is called after each group, `failing` once, when the disk fails.

    Both are called in the writer's thread.
    """

    def __init__(
        self,
        connection: Any,
        transaction: Transaction,
        committed: Callable[[], None],
        failing: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._committed = committed
        self._failing = failing
        self.failed = False
        self._waiting: deque[Job] = deque()
        self._behind: deque[Job] = deque()
        self._rush_until = self._behind_at = 0.0
        self._enough = 1  # verbs of the doors for which the writer begins
        self._at_doors = 1  # verbs of the doors in the last group, and behind it
        self._wake = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="loftbox-writer", daemon=True)
        self._thread.start()

    def submit(
        self,
        run: Callable[[Transaction], Any],
        loop: asyncio.AbstractEventLoop | None,
        *,
        behind: bool = False,
    ) -> Any:
        """Queue a verb, `behind` those of the doors; answers a future of the loop, or a concurrent one.

        Raises StoreBusy when too many wait.
        """
        job = Job(run, loop, Future() if loop is None else loop.create_future())
        return self._queued(self._behind if behind else self._waiting, job)

    def submit_together(
        self,
        verb: Callable[[Any, Sequence[Any]], Sequence[Any]],
        item: Any,
        loop: asyncio.AbstractEventLoop,
        *,
        weight: int,
    ) -> Any:
        """Queue one item for a verb of many. Raises StoreBusy when too many wait."""

        def alone(tx: Transaction) -> Any:
            return verb(tx, [item])[0]

        return self._queued(self._waiting, Job(alone, loop, loop.create_future(), verb, item, weight))

    def _queued(self, queue: deque[Job], job: Job) -> Any:
        with self._wake:
            if self._closing:
                raise StoreBusy("the store is closed")
            self.check()
            if len(queue) >= MOST_WAITING:
                raise StoreBusy("too much waits to be written", fix="try again in a moment")
            queue.append(job)
            if len(self._waiting) >= self._enough or queue is self._behind:
                self._wake.notify()
        return job.future

    @property
    def rush(self) -> bool:
        """Say whether several stood at the doors at once, just now."""
        return monotonic() < self._rush_until

    def check(self) -> None:
        """Raise StoreFailed when nothing can be written any more."""
        if self.failed:
            raise disk_failed()

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _work(self) -> None:
        while self._has_work():
            answers = self._group()
            self._at_doors += len(self._waiting)
            settle(answers)
            try:
                self._committed()
            except Exception:  # noqa: BLE001  whoever listens, the next verbs have to be written
                import structlog

                structlog.get_logger("store").exception("a listener failed")

    def _has_work(self) -> bool:
        with self._wake:
            self._gather()
            while not self._waiting and not self._closing:
                wait = self._until_behind() if self._behind else None
                if wait == 0:
                    break
                self._wake.wait(wait)
            return bool(self._waiting or self._behind)

    def _gather(self) -> None:
        """Wait for those who were here a moment ago, unless what they bring costs more than the commit.

        Only the last of them wakes this thread: each time it wakes it takes turns with the event loop.
        """
        if not self.rush or self._transaction.weight >= RUSH_OCTETS:
            return
        self._enough = min(self._at_doors, GATHERED)
        self._wake.wait_for(lambda: len(self._waiting) >= self._enough or self._closing, GATHER_SECONDS)
        self._enough = 1

    def _until_behind(self) -> float:
        """Seconds until the loops may have a turn."""
        return max(0.0, min(self._rush_until, self._behind_at) - monotonic())

    def _group(self) -> list[Answer]:
        """Run and commit one group; nobody is answered before this returns."""
        answers: list[Answer] = []
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._fill(answers)
            self._commit()
        except StoreFailed as error:
            return [(job, None, error) for job in (*(job for job, _, _ in answers), *self._everybody())]
        except DatabaseError as error:
            self._transaction.forget()
            # The file is locked or full, or the disk failed: nothing of the group happened.
            with suppress(DatabaseError):  # the next group finds out whether the file is sound again
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            # Nothing was begun: whoever waits has waited as long as a lock is worth.
            jobs = [job for job, _, _ in answers] or self._everybody()
            return [(job, None, in_our_words(error)) for job in jobs]
        return answers

    def _commit(self) -> None:
        """Commit; raises StoreFailed when the disk did not take it, and is not only full or locked."""
        try:
            self._connection.execute("COMMIT")
        except DatabaseError as error:
            if passes(error):
                raise
            with self._wake:
                self.failed = True
            with suppress(DatabaseError):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            import structlog

            structlog.get_logger("store").error("store failed", why=str(error), fix=disk_failed().fix)
            with suppress(Exception):  # whoever is told, the callers are answered
                self._failing()
            raise disk_failed() from error

    def _everybody(self) -> list[Job]:
        queues = (self._waiting, self._behind)
        return [queue.popleft() for queue in queues for _ in range(len(queue))]

    def _fill(self, answers: list[Answer]) -> None:
        self._transaction.go_on()
        until = monotonic() + GROUP_SECONDS
        while self._waiting and self._has_room(until):
            self._take(self._waiting, answers, lambda: self._has_room(until))
        begun = monotonic()
        self._at_doors = len(answers)
        if len(answers) >= RUSH or self._transaction.weight >= RUSH_OCTETS:
            self._rush_until = begun + RUSH_SECONDS
        if self._behind and (self._until_behind() == 0 or self._closing):
            self._take_behind(answers, begun, until)

    def _take_behind(self, answers: list[Answer], begun: float, until: float) -> None:
        def has_room() -> bool:
            hurry = self._waiting or begun < self._rush_until
            return self._has_room(begun + BEHIND_SECONDS if hurry else until)

        self._take(self._behind, answers, has_room)
        self._behind_at = monotonic() + (monotonic() - begun) * 9

    def _has_room(self, until: float) -> bool:
        return self._transaction.weight < GROUP_OCTETS and monotonic() < until

    def _take(self, queue: deque[Job], answers: list[Answer], has_room: Callable[[], bool]) -> None:
        """Run at least one of the verbs that wait, and more while there is room.

        They share a savepoint: under each of their own, all the pages that they have in common
        would be copied again.
        """
        first = len(answers)
        _, error = self._tried(lambda tx: self._run(tx, queue, answers, has_room))
        if error is None:
            return
        jobs = [job for job, _, _ in answers[first:]]
        if len(jobs) == 1:
            answers[first] = jobs[0], None, error
            return
        # One of them is at fault. Which one shows when each has a savepoint of its own.
        for place, job in enumerate(jobs, first):
            answers[place] = job, *self._tried(job.run)

    def _run(
        self, tx: Transaction, queue: deque[Job], answers: list[Answer], has_room: Callable[[], bool]
    ) -> None:
        more = True
        while more:
            jobs = self._alike(queue)
            answers += [(job, None, None) for job in jobs]
            values = _values(tx, jobs)
            answers[-len(jobs) :] = [(job, value, None) for job, value in zip(jobs, values, strict=True)]
            more = bool(queue) and has_room()

    def _alike(self, queue: deque[Job]) -> list[Job]:
        """The next job, with those behind it that can be done in one go with it."""
        jobs = [queue.popleft()]
        verb, weight = jobs[0].together, self._transaction.weight + jobs[0].weight
        while verb and queue and queue[0].together == verb and weight < GROUP_OCTETS:
            jobs.append(queue.popleft())
            weight += jobs[-1].weight
        return jobs

    def _tried(self, run: Callable[[Transaction], Any]) -> tuple[Any, BaseException | None]:
        """Run one verb, or some, inside a savepoint. Raises when the whole transaction is gone."""
        self._connection.execute("SAVEPOINT verb")
        try:
            value = run(self._transaction)
        except BaseException as error:
            if isinstance(error, DatabaseError) and not isinstance(error, STATEMENT_FAULTS):
                # A full disk has already rolled everything back; other faults of the file
                # leave the group in doubt. Either way the whole group is tried later.
                raise
            # The verb's own error belongs to its caller. When the transaction is gone
            # after all, this fails, and the group with it.
            self._connection.execute("ROLLBACK TO verb")
            self._connection.execute("RELEASE verb")
            self._transaction.forget()
            return None, error
        self._connection.execute("RELEASE verb")
        return value, None


def _values(tx: Transaction, jobs: Sequence[Job]) -> Sequence[Any]:
    """Run these jobs, several of one kind in one go."""
    verb = jobs[0].together
    if verb is None or len(jobs) == 1:
        return [job.run(tx) for job in jobs]
    return verb(tx, [job.item for job in jobs])
