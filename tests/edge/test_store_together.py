"""What waits together is done together; each hears of its own. What was looked up is remembered."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from loftbox_cli.core.errors import AlreadyExists, NotFound
from loftbox_cli.core.ids import spell
from loftbox_cli.core.pause import Pause, PauseScope
from loftbox_cli.edge.store import file, writer
from loftbox_cli.edge.store.recollection import MOST_ANSWERS, Recollection
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Fact, Tx

LIGHT = 100


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    file.make(path)
    return path


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, 1), alone=True)
    yield store
    store.close()


class Notes:
    """A verb of many, which remembers how many it was asked for at a time."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def take(self, tx: Tx, names: Sequence[str]) -> list[str]:
        self.sizes.append(len(names))
        tx.facts.add_all([Fact(name, "") for name in names])
        return [name.upper() for name in names]


def held(
    store: SqliteStore, notes: Notes, names: Sequence[str], weight: int = LIGHT
) -> list[asyncio.Future[str]]:
    """Ask for all of them before the writer can look."""
    with store._ready()._wake:
        return [
            asyncio.ensure_future(store.write_together(notes.take, name, weight=weight)) for name in names
        ]


def names(store: SqliteStore) -> list[str]:
    return [fact.name for fact in store.glance(lambda tx: tx.facts.all())]


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 31, 32, 33, 75])
async def test_what_waits_together_is_one_call_and_each_hears_of_its_own(
    store: SqliteStore, count: int
) -> None:
    notes, wanted = Notes(), [f"n{number}" for number in range(count)]
    assert await asyncio.gather(*held(store, notes, wanted)) == [name.upper() for name in wanted]
    assert notes.sizes == [count]
    assert names(store) == wanted


async def test_one_that_cannot_be_done_keeps_no_other_from_it(store: SqliteStore) -> None:
    notes = Notes()
    first, twin, last = await asyncio.gather(*held(store, notes, ["a", "a", "b"]), return_exceptions=True)
    assert (first, last) == ("A", "B")
    assert isinstance(twin, AlreadyExists)
    assert names(store) == ["a", "b"]


async def test_what_is_heavy_together_is_done_in_several_goes(store: SqliteStore) -> None:
    notes = Notes()
    await asyncio.gather(*held(store, notes, ["a", "b", "c", "d", "e"], weight=writer.GROUP_OCTETS // 2))
    assert notes.sizes == [2, 2, 1]


async def test_another_verb_between_them_keeps_its_place(store: SqliteStore) -> None:
    notes = Notes()

    def count(tx: Tx) -> int:
        return tx.facts.count()

    with store._ready()._wake:
        asked: list[Awaitable[object]] = [
            *held(store, notes, ["a", "b"]),
            asyncio.ensure_future(store.write_soon(count)),
            *held(store, notes, ["c"]),
        ]
    assert await asyncio.gather(*asked) == ["A", "B", 2, "C"]


@pytest.fixture
def other(path: Path) -> Iterator[SqliteStore]:
    """The same store in another process."""
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, 2))
    yield store
    store.close()


def pause(tx: Tx) -> None:
    tx.pauses.add(Pause(PauseScope.GATEWAY, "gateway", "os:anna", "", datetime(2026, 11, 1, tzinfo=UTC)))


def resume(tx: Tx) -> None:
    tx.pauses.remove(target="gateway")


class Looks:
    """A reading verb that counts how often it had to read."""

    def __init__(self) -> None:
        self.count = 0

    def paused_by(self, tx: Tx, target: str) -> str:
        self.count += 1
        return tx.pauses.get(target).by


def test_what_was_looked_up_is_answered_again_without_a_look(store: SqliteStore) -> None:
    looks = Looks()
    store.write(pause)
    assert [store.recall(looks.paused_by, "gateway") for _ in range(3)] == ["os:anna"] * 3
    assert looks.count == 1


def test_what_was_not_there_is_looked_for_each_time(store: SqliteStore) -> None:
    looks = Looks()
    for _ in range(2):
        with pytest.raises(NotFound):
            store.recall(looks.paused_by, "gateway")
    assert looks.count == 2


@pytest.mark.parametrize("whose", ["store", "other"])
def test_the_next_look_knows_of_every_change_whoever_made_it(
    store: SqliteStore, other: SqliteStore, whose: str
) -> None:
    changing, looks = {"store": store, "other": other}[whose], Looks()
    for _ in range(3):
        changing.write(pause)
        assert store.recall(looks.paused_by, "gateway") == "os:anna"
        changing.write(resume)
        with pytest.raises(NotFound):
            store.recall(looks.paused_by, "gateway")


def test_until_a_change_is_committed_it_is_answered_as_before(store: SqliteStore) -> None:
    looks, during = Looks(), []

    def change(tx: Tx) -> None:
        resume(tx)
        # Asked from another thread than the writer's, as the doors ask.
        asking = Thread(target=lambda: during.append(store.recall(looks.paused_by, "gateway")))
        asking.start()
        asking.join()

    store.write(pause)
    store.write(change)
    assert during == ["os:anna"]
    with pytest.raises(NotFound):
        store.recall(looks.paused_by, "gateway")


async def test_what_comes_in_changes_nothing_that_was_looked_up(
    store: SqliteStore, other: SqliteStore
) -> None:
    looks = Looks()
    store.write(pause)
    store.recall(looks.paused_by, "gateway")
    await asyncio.gather(*held(store, Notes(), ["a", "b"]))
    other.write(Notes().take, ["c"])
    store.recall(looks.paused_by, "gateway")
    assert looks.count == 1


def test_no_more_answers_are_kept_than_a_thousand() -> None:
    recollection = Recollection()
    for number in range(MOST_ANSWERS):
        recollection.answers("1")[number] = "an answer"
    assert recollection.answers("1") == {}
