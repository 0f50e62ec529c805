"""A disk that refuses a commit: nothing more is promised before somebody has looked.

After a failed sync the kernel may forget that anything was unwritten, so that the
next sync succeeds and means nothing. Full and locked files are another matter: they
heal by themselves, as the tests of the writer show.
"""

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from loftbox_cli.core.errors import DiskLow, StoreBusy, StoreFailed
from loftbox_cli.core.ids import spell
from loftbox_cli.edge.store import file
from loftbox_cli.edge.store.sqlite import OperationalError
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.edge.system.lock import StoreLock, has_failed
from loftbox_cli.services.tx import Fact, Tx

pytestmark = pytest.mark.rule("I20")


class Disk:
    """The writer's connection, whose next COMMIT fails with these words."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.words = ""
        self.commits = 0

    def execute(self, statement: str, *given: Any) -> Any:
        if statement == "COMMIT":
            self.commits += 1
            if self.words:
                words, self.words = self.words, ""
                raise OperationalError(words)
        return self._connection.execute(statement, *given)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    path = tmp_path / "store.db"
    file.make(path)
    numbers = itertools.count(1)
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, next(numbers)), alone=True)
    yield store
    store.close()


@pytest.fixture
def disk(store: SqliteStore) -> Disk:
    store.write(lambda tx: tx.facts.count())
    writer = store._ready()
    writer._connection = disk = Disk(writer._connection)
    return disk


def note(tx: Tx, name: str) -> str:
    tx.facts.add(Fact(name, ""))
    return name


def names(store: SqliteStore) -> list[str]:
    return [fact.name for fact in store.glance(lambda tx: tx.facts.all())]


@pytest.mark.rule("F4")
async def test_a_commit_that_the_disk_refuses_is_the_last_one(store: SqliteStore, disk: Disk) -> None:
    disk.words = "disk I/O error"
    heard: list[bool] = []
    store.on_failure(lambda: heard.append(store.failed))
    store.check()
    with capture_logs() as logs, pytest.raises(StoreFailed) as caught:
        await store.write_soon(note, "one")
    assert caught.value.fix
    for _ in range(2):
        with pytest.raises(StoreFailed):
            await store.write_soon(note, "two")
        with pytest.raises(StoreFailed):
            store.write(note, "three")
        with pytest.raises(StoreFailed):
            store.check()
    assert disk.commits == 1
    assert heard == [True]
    assert names(store) == []  # reading goes on, and sees nothing of what was in doubt
    (log,) = logs
    assert (log["log_level"], log["event"], log["why"]) == ("error", "store failed", "disk I/O error")


async def test_all_that_wait_are_answered_when_the_disk_fails(store: SqliteStore, disk: Disk) -> None:
    disk.words = "disk I/O error"
    waiting = [asyncio.ensure_future(store.write_soon(note, str(number))) for number in range(50)]
    answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 10)
    assert {type(answer) for answer in answers} == {StoreFailed}
    assert names(store) == []


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("database or disk is full", DiskLow),
        ("database is locked", StoreBusy),
        ("database is busy", StoreBusy),
    ],
)
def test_a_commit_on_a_full_disk_or_a_locked_file_heals_by_itself(
    store: SqliteStore, disk: Disk, words: str, kind: type[Exception]
) -> None:
    disk.words = words
    with pytest.raises(kind) as caught:
        store.write(note, "one")
    assert not isinstance(caught.value, StoreFailed)
    assert not store.failed
    assert store.write(note, "two") == "two"
    assert names(store) == ["two"]


def test_a_restart_heals_a_store_whose_disk_is_sound_again(store: SqliteStore, disk: Disk) -> None:
    disk.words = "disk I/O error"
    with pytest.raises(StoreFailed):
        store.write(note, "one")
    again = SqliteStore(store.path, mint=lambda prefix: spell(prefix, 0, 1), alone=True)
    try:
        assert again.write(note, "two") == "two"
        assert names(again) == ["two"]
    finally:
        again.close()


def test_who_asks_the_lock_hears_of_the_failure_until_the_daemon_ends(tmp_path: Path) -> None:
    assert not has_failed(tmp_path)
    with StoreLock(tmp_path) as lock:
        assert not has_failed(tmp_path)
        lock.tell_failure()
        assert has_failed(tmp_path)
    assert not has_failed(tmp_path)
    with StoreLock(tmp_path):
        assert not has_failed(tmp_path)
