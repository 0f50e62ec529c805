import asyncio
import contextlib
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.errors import Conflict, DiskLow, NotFound, StoreBusy
from loftbox_cli.core.ids import spell
from loftbox_cli.edge.store import file, sqlite, writer
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Fact, Tx

PATIENCE = 10  # seconds after which a test gives up waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "store.db"
    file.make(made)
    return made


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with opened(path) as store:
        yield store


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no group end because this machine is slow."""
    monkeypatch.setattr(writer, "GROUP_SECONDS", 60.0)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[SqliteStore]:
    numbers = itertools.count(1)
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, next(numbers)), alone=True)
    try:
        yield store
    finally:
        store.close()


def note(tx: Tx, name: str) -> str:
    tx.facts.add(Fact(name, ""))
    return name


def noting(name: str) -> Callable[[Tx], str]:
    return lambda tx: note(tx, name)


def keeping(name: str) -> Callable[[Tx], str]:
    return lambda tx: tx.keep(b"x" * 600, name)


def names(store: SqliteStore) -> list[str]:
    return [fact.name for fact in store.glance(lambda tx: tx.facts.all())]


def connection_of(store: SqliteStore) -> Any:
    """The writer's own connection, to trace it or to make its disk small."""
    store.write(lambda tx: tx.facts.count())
    return store._ready()._connection


class Gate:
    """A verb that keeps the writer busy until it is opened, so that what comes meanwhile waits together."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def verb(self, tx: Tx) -> None:
        tx.facts.count()
        self.begun.set()
        assert self.may_end.wait(PATIENCE)


@contextlib.asynccontextmanager
async def together(store: SqliteStore) -> Any:
    """What is written inside shares one group."""
    gate = Gate()
    first = asyncio.ensure_future(store.write_soon(gate.verb))
    assert await asyncio.to_thread(gate.begun.wait, PATIENCE)
    try:
        yield
    finally:
        gate.may_end.set()
    await asyncio.wait([first])


async def test_nobody_sees_a_group_before_it_is_committed(path: Path, store: SqliteStore) -> None:
    gate = Gate()
    other = file.open_reader(path)
    with contextlib.closing(other):
        written = asyncio.ensure_future(store.write_soon(note, "one"))
        await written
        waiting = asyncio.ensure_future(store.write_soon(note_then_wait, gate, "two"))
        assert await asyncio.to_thread(gate.begun.wait, PATIENCE)
        assert other.execute("SELECT name FROM facts").fetchall() == [("one",)]
        assert names(store) == ["one"]
        assert not waiting.done()
        gate.may_end.set()
        await waiting
        assert other.execute("SELECT name FROM facts").fetchall() == [("one",), ("two",)]


def note_then_wait(tx: Tx, gate: Gate, name: str) -> None:
    note(tx, name)
    gate.verb(tx)


async def test_verbs_that_wait_together_share_one_sync(store: SqliteStore) -> None:
    said: list[str] = []
    connection_of(store).set_trace_callback(said.append)
    async with together(store):
        waiting = [asyncio.ensure_future(store.write_soon(note, str(number))) for number in range(50)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [str(number) for number in range(50)]
    assert said.count("BEGIN IMMEDIATE") == said.count("COMMIT") == 1
    assert said.count("SAVEPOINT verb") == said.count("RELEASE verb") == 1
    assert len(names(store)) == 50


async def test_the_error_of_one_verb_leaves_the_others_of_its_group(store: SqliteStore) -> None:
    def refuse(tx: Tx) -> None:
        note(tx, "never")
        raise Conflict("not now")

    async with together(store):
        waiting = [
            asyncio.ensure_future(verb)
            for verb in (
                store.write_soon(note, "before"),
                store.write_soon(refuse),
                store.write_soon(note, "before"),  # a name that is taken
                store.write_soon(note, "after"),
                store.write_behind(refuse),
                store.write_behind(note, "behind"),
            )
        ]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    heard = [answer if isinstance(answer, str) else type(answer).__name__ for answer in answers]
    assert heard == ["before", "Conflict", "AlreadyExists", "after", "Conflict", "behind"]
    assert names(store) == ["before", "after", "behind"]


@pytest.mark.parametrize(
    "verb",
    [
        lambda tx: tx.messages._connection.execute(
            "INSERT INTO threads VALUES ('t', 'nobody', '', '', 0, 0)"
        ),
        lambda tx: tx.facts.add(Fact("x", object())),  # type: ignore[arg-type]  # no column takes this
        lambda tx: tx.facts.add(Fact("x", "\ud800")),
        lambda tx: tx.facts.count() // 0,
    ],
    ids=["foreign key", "type", "surrogate", "defect"],
)
async def test_a_defect_of_one_verb_is_not_the_fault_of_its_group(
    store: SqliteStore, verb: Callable[[Tx], object]
) -> None:
    async with together(store):
        waiting = [
            asyncio.ensure_future(each)
            for each in (store.write_soon(note, "one"), store.write_soon(verb), store.write_soon(note, "two"))
        ]
        await asyncio.sleep(0)
    one, error, two = await asyncio.gather(*waiting, return_exceptions=True)
    assert (one, two) == ("one", "two")
    assert isinstance(error, Exception)
    assert not isinstance(error, StoreBusy)
    assert names(store) == ["one", "two"]


@pytest.mark.rule("F3")
async def test_a_full_disk_undoes_the_whole_group_and_the_store_works_again_when_there_is_room(
    store: SqliteStore,
) -> None:
    connection = connection_of(store)
    large = b"x" * 200_000

    def keep(tx: Tx) -> str:
        return tx.keep(large, hashlib.sha256(large).hexdigest())

    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    async with together(store):
        waiting = [
            asyncio.ensure_future(each)
            for each in (store.write_soon(note, "one"), store.write_soon(keep), store.write_soon(note, "two"))
        ]
        await asyncio.sleep(0)
    one, full, two = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(one, DiskLow)
    assert isinstance(full, DiskLow)
    assert full.fix
    # The third came after the fault: it was not in the group, and is small enough for the room there is.
    assert two == "two"
    assert names(store) == ["two"]
    connection.execute("PRAGMA max_page_count = 1000000")
    assert await store.write_soon(keep)
    assert await store.write_soon(note, "one") == "one"
    assert sorted(names(store)) == ["one", "two"]


@pytest.mark.rule("F6")
async def test_a_file_that_another_process_holds_is_busy_for_all_that_wait(
    path: Path, store: SqliteStore
) -> None:
    connection_of(store).execute("PRAGMA busy_timeout = 50")
    with contextlib.closing(sqlite.connect(path, writes=True, checkpoints=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        waiting = [asyncio.ensure_future(store.write_soon(note, str(number))) for number in range(20)]
        answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), PATIENCE)
        assert {type(answer) for answer in answers} == {StoreBusy}
        assert names(store) == []  # reading goes on
        other.execute("ROLLBACK")
    assert await store.write_soon(note, "now") == "now"


async def test_a_caller_that_is_cancelled_undoes_nothing(store: SqliteStore) -> None:
    gate = Gate()
    waiting = asyncio.ensure_future(store.write_soon(note_then_wait, gate, "one"))
    queued = asyncio.ensure_future(store.write_soon(note, "two"))
    assert await asyncio.to_thread(gate.begun.wait, PATIENCE)
    for caller in (waiting, queued):
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
    gate.may_end.set()
    assert await store.write_soon(note, "three") == "three"
    assert names(store) == ["one", "two", "three"]


def test_a_loop_that_closed_meanwhile_does_not_stop_the_writer(store: SqliteStore) -> None:
    gate = Gate()

    async def leave() -> None:
        store.write_soon(note_then_wait, gate, "one")
        assert await asyncio.to_thread(gate.begun.wait, PATIENCE)

    asyncio.run(leave())
    gate.may_end.set()
    assert store.write(note, "two") == "two"
    assert names(store) == ["one", "two"]


def test_a_listener_that_fails_does_not_stop_the_writer(store: SqliteStore) -> None:
    heard = []

    def listen() -> None:
        heard.append(1)
        raise RuntimeError("its loop is closed")

    store.on_commit(listen)
    assert store.write(note, "one") == "one"
    assert store.write(note, "two") == "two"
    store.close()
    assert len(heard) == 2


def test_a_listener_hears_of_a_commit_when_it_can_be_seen(store: SqliteStore) -> None:
    seen: list[list[str]] = []
    store.on_commit(lambda: seen.append(names(store)))
    store.write(note, "one")
    store.close()
    assert seen == [["one"]]


def test_the_queue_before_the_writer_is_bounded(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MOST_WAITING", 3)
    gate = Gate()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(store.write, gate.verb)
        assert gate.begun.wait(PATIENCE)
        ready = store._ready()
        waiting = [ready.submit(noting(str(number)), None) for number in range(3)]
        with pytest.raises(StoreBusy) as caught:
            store.write(note, "too many")
        assert caught.value.fix
        gate.may_end.set()
        first.result(PATIENCE)
        assert [each.result(PATIENCE) for each in waiting] == ["0", "1", "2"]
    assert store.write(note, "later") == "later"


def test_a_group_ends_at_its_weight(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_OCTETS", 1_000)
    said: list[str] = []
    connection_of(store).set_trace_callback(said.append)
    gate = Gate()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(store.write, gate.verb)
        assert gate.begun.wait(PATIENCE)
        ready = store._ready()
        waiting = [ready.submit(keeping(str(number)), None) for number in range(6)]
        gate.may_end.set()
        first.result(PATIENCE)
        assert [each.result(PATIENCE) for each in waiting] == [str(number) for number in range(6)]
    assert said.count("COMMIT") == 3


def test_closing_writes_what_waits_and_refuses_what_comes_after(path: Path) -> None:
    gate = Gate()
    with opened(path) as store, ThreadPoolExecutor(2) as pool:
        first = pool.submit(store.write, gate.verb)
        assert gate.begun.wait(PATIENCE)
        ready = store._ready()
        last = ready.submit(lambda tx: note(tx, "last"), None)
        closing = pool.submit(store.close)
        gate.may_end.set()
        closing.result(PATIENCE)
        first.result(PATIENCE)
        assert last.result(PATIENCE) == "last"
        with pytest.raises(StoreBusy):
            store.write(note, "after")
    with opened(path) as again:
        assert names(again) == ["last"]


def test_two_stores_on_one_file_both_write(path: Path) -> None:
    with opened(path) as one, opened(path) as two, ThreadPoolExecutor(2) as pool:
        done = [pool.submit(store.write, note, str(number)) for number, store in enumerate((one, two) * 20)]
        for each in done:
            each.result(PATIENCE)
        assert sorted(map(int, names(one))) == sorted(map(int, names(two))) == list(range(40))


def test_a_commit_of_somebody_else_is_noticed_once(path: Path) -> None:
    with opened(path) as one, opened(path) as two:
        one.changed_elsewhere()
        assert not one.changed_elsewhere()
        two.write(note, "from elsewhere")
        assert one.changed_elsewhere()
        assert not one.changed_elsewhere()


def test_a_glance_changes_nothing(store: SqliteStore) -> None:
    with pytest.raises(StoreBusy):
        store.glance(note, "never")
    assert names(store) == []


def test_a_glance_sees_one_moment(store: SqliteStore) -> None:
    def twice(tx: Tx) -> tuple[int, int]:
        before = tx.facts.count()
        threading.Thread(target=store.write, args=(note, "meanwhile")).start()
        committed.wait(PATIENCE)
        return before, tx.facts.count()

    committed = threading.Event()
    store.on_commit(committed.set)
    assert store.glance(twice) == (0, 0)
    assert names(store) == ["meanwhile"]


def test_what_a_glance_raises_comes_through_and_the_next_one_works(store: SqliteStore) -> None:
    for _ in range(2):
        with pytest.raises(NotFound):
            store.glance(lambda tx: tx.facts.get("nothing"))


@pytest.mark.rule("F2")
def test_the_writer_syncs_each_commit_to_the_disk(store: SqliteStore) -> None:
    connection = connection_of(store)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.isolation_level is None


@pytest.mark.rule("F8")
def test_only_the_daemon_checkpoints_where_sqlite_is_not_repaired(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(*, alone: bool) -> int:
        with contextlib.closing(file.open_writer(path, alone=alone)) as connection:
            found: int = connection.execute("PRAGMA wal_autocheckpoint").fetchone()[0]
            return found

    for repaired in (True, False):
        monkeypatch.setattr(file, "SAFE_WAL", repaired)
        assert pages(alone=True) == sqlite.CHECKPOINT_PAGES
        assert pages(alone=False) == (sqlite.CHECKPOINT_PAGES if repaired else 0)
