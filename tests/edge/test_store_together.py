"""What waits together is done together; each hears of its own. What was looked up is remembered."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

import pytest

from loftbox_cli.core.errors import AlreadyExists, NotFound
from loftbox_cli.core.ids import spell
from loftbox_cli.edge.store import file, writer
from loftbox_cli.edge.store.recollection import MOMENT, Recollection
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


def test_what_was_looked_up_is_looked_up_again_after_a_change_and_after_a_moment(
    path: Path, store: SqliteStore
) -> None:
    looks = []
    time = 1.0
    store._recollection = Recollection(lambda: time)

    def look(tx: Tx, name: str) -> Fact:
        looks.append(name)
        return tx.facts.get(name)

    def note(tx: Tx, name: str, value: str) -> None:
        tx.facts.remove(name=name)
        tx.facts.add(Fact(name, value))

    with pytest.raises(NotFound):
        store.recall(look, "a")
    store.write(note, "a", "1")
    assert [store.recall(look, "a").value for _ in range(3)] == ["1", "1", "1"]
    assert looks == ["a", "a"]
    store.write(note, "a", "2")
    assert store.recall(look, "a").value == "2"
    other = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, 2))
    other.write(note, "a", "3")
    other.close()
    time += MOMENT
    assert store.recall(look, "a").value == "3"


async def test_what_comes_in_changes_nothing_that_was_looked_up(store: SqliteStore) -> None:
    looks = []

    def look(tx: Tx) -> int:
        looks.append("")
        return tx.facts.count()

    store._recollection = Recollection(lambda: 1.0)
    assert store.recall(look) == 0
    await asyncio.gather(*held(store, Notes(), ["a", "b"]))
    assert store.recall(look) == 0
    assert len(looks) == 1


def test_while_a_change_is_under_way_nothing_is_answered_from_memory() -> None:
    recollection = Recollection(lambda: 1.0)
    recollection.answers()["who"] = "an answer before the change"
    recollection.change()
    assert recollection.answers() == {}
    recollection.answers()["who"] = "an answer before the commit"
    recollection.settle()
    assert recollection.answers() == {}
    recollection.answers()["who"] = "an answer"
    assert recollection.answers() == {"who": "an answer"}
