"""What the writer remembers of rows is what stands in the file."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.errors import Conflict
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId, spell
from loftbox_cli.core.pause import Pause, PauseScope
from loftbox_cli.core.thread import Participant
from loftbox_cli.edge.store import file, memory
from loftbox_cli.edge.store.memory import Memory
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Accepted, ArrivalState, Fact, Tx

NOW = datetime(2026, 11, 1, tzinfo=UTC)
ANNA = Participant(
    ThreadId("thread_1"), "anna@peer.test", MailboxId("mbx_1"), "Anna", False, MessageId("msg_1")
)
MAIL = Accepted(
    RequestId("req_1"), ArrivalState.ACCEPTED, NOW, "192.0.2.1", "peer.test", "", "anna@peer.test",
    ("desk@example.test",), "b", 1, "", False, "f", None, 0, 0,
)  # fmt: skip
PAUSE = Pause(PauseScope.GATEWAY, "gateway", "os:anna", "", NOW)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "store.db"
    file.make(made)
    return made


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


@contextlib.contextmanager
def opened(path: Path) -> Iterator[SqliteStore]:
    numbers = itertools.count(1)
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, next(numbers)), alone=True)
    try:
        yield store
    finally:
        store.close()


class Listening:
    """A connection that notes what is executed on it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.told: list[str] = []

    def execute(self, sql: str, *given: Any) -> Any:
        """Note it and run it."""
        self.told.append(sql)
        return self.connection.execute(sql, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the writer executes."""
    ready = file.open_writer
    heard: list[str] = []

    def listening(*given: Any, **named: Any) -> Any:
        connection = Listening(ready(*given, **named))
        connection.told = heard
        return connection

    monkeypatch.setattr(file, "open_writer", listening)
    return heard


def add(tx: Tx, fact: Fact) -> None:
    tx.facts.add(fact)


def save(tx: Tx, fact: Fact) -> None:
    tx.facts.save(fact)


def value(tx: Tx, name: str) -> str:
    return tx.facts.get(name).value


def arrive(tx: Tx, mail: Accepted) -> None:
    tx.keep(b"raw", mail.blob)
    tx.arrivals.add(mail)


def about(told: list[str], verb: str, table: str) -> list[str]:
    return [sql for sql in told if sql.startswith(verb) and f'"{table}"' in sql]


def test_a_row_that_was_written_is_not_read_again(told: list[str], path: Path) -> None:
    with opened(path) as store:
        store.write(add, Fact("name", "first"))
        assert store.write(value, "name") == "first"
        assert about(told, "SELECT", "facts") == []


def test_a_save_writes_what_changed_and_nothing_else(told: list[str], path: Path) -> None:
    with opened(path) as store:
        store.write(arrive, MAIL)
        store.write(lambda tx: tx.arrivals.save(replace(MAIL, lease_until=NOW, fence=1)))
        (update,) = about(told, "UPDATE", "arrivals")
        assert update.partition(" WHERE ")[0] == (
            'UPDATE "arrivals" SET "lease_until" = :lease_until, "fence" = :fence'
        )
        assert store.glance(lambda tx: tx.arrivals.get("req_1")) == replace(MAIL, lease_until=NOW, fence=1)


def test_a_save_that_changes_nothing_writes_nothing(told: list[str], path: Path) -> None:
    with opened(path) as store:
        store.write(add, Fact("name", "first"))
        store.write(save, Fact("name", "first"))
        assert about(told, "UPDATE", "facts") == []


def test_a_save_of_what_is_not_remembered_writes_the_whole_row(store: SqliteStore, path: Path) -> None:
    with opened(path) as before:
        before.write(arrive, MAIL)
    later = replace(MAIL, state=ArrivalState.READ, deaths=2, helo="other.test")
    store.write(lambda tx: tx.arrivals.save(later))
    assert store.glance(lambda tx: tx.arrivals.get("req_1")) == later


def test_what_another_process_commits_is_seen_by_the_next_verb(store: SqliteStore, path: Path) -> None:
    store.write(add, Fact("name", "first"))
    with opened(path) as other:
        other.write(save, Fact("name", "second"))
    assert store.write(value, "name") == "second"


def test_a_save_after_another_process_leaves_none_of_its_columns(store: SqliteStore, path: Path) -> None:
    store.write(arrive, MAIL)
    with opened(path) as other:
        other.write(lambda tx: tx.arrivals.save(replace(MAIL, deaths=2)))
    store.write(lambda tx: tx.arrivals.save(replace(MAIL, fence=1)))
    assert store.glance(lambda tx: tx.arrivals.get("req_1")) == replace(MAIL, fence=1)


def test_a_verb_that_raised_leaves_no_memory_behind(store: SqliteStore) -> None:
    def breaks(tx: Tx) -> None:
        tx.facts.save(Fact("name", "never"))
        raise Conflict("not now")

    store.write(add, Fact("name", "first"))
    with pytest.raises(Conflict):
        store.write(breaks)
    assert store.write(value, "name") == "first"


def test_what_was_removed_is_gone(store: SqliteStore) -> None:
    store.write(add, Fact("name", "first"))
    assert store.write(lambda tx: tx.facts.remove(name="name")) == 1
    assert store.write(lambda tx: tx.facts.find(name="name")) is None


@pytest.mark.parametrize("ask", [{"name": "Bert"}, {"known": True}, {"mailbox_id": MailboxId("mbx_2")}])
def test_a_remembered_row_answers_only_a_question_that_it_fits(
    store: SqliteStore, ask: dict[str, object]
) -> None:
    def asked(tx: Tx) -> tuple[list[Participant], list[Participant]]:
        tx.participants.add(ANNA)
        where = {"thread_id": ANNA.thread_id, "address": ANNA.address}
        return tx.participants.all(**where), tx.participants.all(**where, **ask)

    # The rows that it points to are not what this is about.
    store._ready()._connection.execute("PRAGMA foreign_keys = OFF")
    assert store.write(asked) == ([ANNA], [])


def test_what_seldom_changes_is_read_once_until_it_changes(told: list[str], path: Path) -> None:
    with opened(path) as store:
        for _ in range(3):
            assert store.write(lambda tx: tx.pauses.all()) == []
        assert len(about(told, "SELECT", "pauses")) == 1
        store.write(lambda tx: tx.pauses.add(PAUSE))
        assert store.write(lambda tx: tx.pauses.all()) == [PAUSE]


def test_the_oldest_rows_make_room_and_large_ones_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST_OCTETS", 32 * 1024)
    kept: Memory[str] = Memory()
    for number in range(100):
        kept.put(number, f"value {number}", 1000)
    assert kept.get(0) is None
    assert kept.get(99) == "value 99"
    kept.put("large", "value", 4096)
    assert kept.get("large") is None
    kept.put(99, "another", 10)
    assert kept.get(99) == "another"
    kept.forget()
    assert kept.get(99) is None
