"""Runs verbs on the SQLite file (fulfils `services.tx.Store`)."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from loftbox_cli.edge.store import file, statements
from loftbox_cli.edge.store.faults import in_our_words
from loftbox_cli.edge.store.recollection import Recollection
from loftbox_cli.edge.store.sqlite import DatabaseError
from loftbox_cli.edge.store.transaction import Transaction
from loftbox_cli.edge.store.writer import Writer
from loftbox_cli.services.tx import Queue, Tx

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")


class SqliteStore:
    """One writer thread, and one reading connection for each thread that looks.

    `alone` says that this process holds the daemon's lock and may checkpoint.
    """

    def __init__(self, path: Path, *, mint: Callable[[str], str], alone: bool = False) -> None:
        self.path = path
        self._mint = mint
        self._alone = alone
        self._writer: Writer | None = None
        self._opening = threading.Lock()
        self._readers = threading.local()
        self._watch = file.open_reader(path)
        self._opened: list[Any] = [self._watch]
        self._version = self._data_version()
        self._listeners: list[Callable[[], None]] = []
        self._failing: Callable[[], None] = lambda: None
        self._fillers: list[Callable[[Queue], None]] = []
        self._recollection = Recollection()

    def write(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a verb and wait for its commit."""
        waiting: Future[R] = self._ready().submit(lambda tx: verb(tx, *args, **kwargs), None)
        return waiting.result()

    def write_soon(
        self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[R]:
        """The same from the event loop."""
        future: Awaitable[R] = self._ready().submit(
            lambda tx: verb(tx, *args, **kwargs), asyncio.get_running_loop()
        )
        return future

    def write_together(
        self, verb: Callable[[Tx, Sequence[Item]], Sequence[R]], item: Item, *, weight: int
    ) -> Awaitable[R]:
        """Run a verb of many once for all who wait with it; each is answered for its own item."""
        future: Awaitable[R] = self._ready().submit_together(
            verb, item, asyncio.get_running_loop(), weight=weight
        )
        return future

    def write_behind(
        self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[R]:
        """The same, after those who wait at a door."""
        future: Awaitable[R] = self._ready().submit(
            lambda tx: verb(tx, *args, **kwargs), asyncio.get_running_loop(), behind=True
        )
        return future

    def glance(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a reading verb inline; what it sees is one moment of the store."""
        connection, transaction = self._reader()
        try:
            connection.execute("BEGIN")
            try:
                transaction.begin()
                return verb(transaction, *args, **kwargs)
            finally:
                connection.execute("COMMIT")
        except DatabaseError as error:
            raise in_our_words(error) from error

    def recall(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, but what was answered is answered again until something lasting changes."""
        try:
            answers = self._recollection.answers(statements.changes(self._reader()[0]))
        except DatabaseError as error:
            raise in_our_words(error) from error
        question = (verb, args, tuple(kwargs.items()))
        if question not in answers:
            answers[question] = self.glance(verb, *args, **kwargs)
        answer: R = answers[question]
        return answer

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each commit of our own, in the writer's thread."""
        self._listeners.append(listener)

    def on_failure(self, listener: Callable[[], None]) -> None:
        """Call `listener` when the disk fails, in the writer's thread."""
        self._failing = listener

    @property
    def rush(self) -> bool:
        """Say whether so many wait at the doors that everything behind them has to wait."""
        return self._writer is not None and self._writer.rush

    @property
    def failed(self) -> bool:
        """Say whether the disk refused a commit: then nothing is written before a restart."""
        return self._writer is not None and self._writer.failed

    def check(self) -> None:
        """Raise StoreFailed when nothing can be written any more."""
        if self._writer is not None:
            self._writer.check()

    def on_filled(self, listener: Callable[[Queue], None]) -> None:
        """Call `listener`, likewise, for each queue into which a commit of our own put something."""
        self._fillers.append(listener)

    def changed_elsewhere(self) -> bool:
        """Say whether anybody committed since the last call. Costs a few microseconds."""
        version = self._data_version()
        changed, self._version = version != self._version, version
        return changed

    def close(self) -> None:
        """Write what waits and close every connection."""
        if self._writer is not None:
            self._writer.close()
        for connection in self._opened:
            connection.close()

    def _data_version(self) -> int:
        version: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _ready(self) -> Writer:
        with self._opening:
            if self._writer is None:
                connection = file.open_writer(self.path, alone=self._alone)
                self._opened.append(connection)
                transaction = Transaction(connection, self._mint)
                self._writer = Writer(
                    connection,
                    transaction,
                    lambda: self._announce(transaction.filled),
                    self._announce_failure,
                )
        return self._writer

    def _announce(self, filled: Collection[Queue]) -> None:
        for queue in filled:
            for filler in self._fillers:
                filler(queue)
        for listener in self._listeners:
            listener()

    def _announce_failure(self) -> None:
        self._failing()

    def _reader(self) -> tuple[Any, Transaction]:
        reader: tuple[Any, Transaction] | None = getattr(self._readers, "reader", None)
        if reader is None:
            connection = file.open_reader(self.path)
            self._opened.append(connection)
            reader = self._readers.reader = connection, Transaction(connection, self._mint)
        return reader
