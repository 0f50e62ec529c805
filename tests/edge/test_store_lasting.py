"""What seldom changes is read once by a connection, and never believed longer than it stands."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import loftbox_cli
from loftbox_cli.core.errors import Conflict, StoreBusy
from loftbox_cli.core.pause import Pause, PauseScope
from loftbox_cli.edge.store import catalogue, file, statements
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Fact, Tx
from tests.edge.test_store_memory import Listening

PAUSE = Pause(PauseScope.GATEWAY, "gateway", "os:anna", "", datetime(2026, 11, 1, tzinfo=UTC))
OTHER = replace(PAUSE, scope=PauseScope.DESTINATION, target="peer.test")
WRITES = re.compile(r'(?:INSERT|REPLACE)(?: OR \w+)? INTO "?(\w+)|UPDATE "?(\w+)"? SET|DELETE FROM "?(\w+)')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "store.db"
    file.make(made)
    return made


@pytest.fixture
def stores(path: Path, told: list[str]) -> Iterator[tuple[SqliteStore, SqliteStore]]:
    """The same file as two processes have it."""
    numbers = itertools.count(1)
    opened = tuple(
        SqliteStore(path, mint=lambda prefix: f"{prefix}_{next(numbers)}", alone=alone)
        for alone in (True, False)
    )
    told.clear()
    yield opened[0], opened[1]
    for store in opened:
        store.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is executed by those who read."""
    ready = file.open_reader
    heard: list[str] = []

    def listening(*given: Any, **named: Any) -> Any:
        connection = Listening(ready(*given, **named))
        connection.told = heard
        return connection

    monkeypatch.setattr(file, "open_reader", listening)
    return heard


def paused(tx: Tx) -> bool:
    return tx.pauses.find(target="gateway") is not None


def pause(tx: Tx) -> None:
    tx.pauses.add(PAUSE)


def resume(tx: Tx) -> None:
    tx.pauses.remove(target="gateway")


def fail(tx: Tx) -> None:
    tx.pauses.add(PAUSE)
    raise Conflict("not so")


def note(tx: Tx) -> None:
    tx.facts.add(Fact("name", "value"))


def read(told: list[str]) -> int:
    return sum('FROM "pauses"' in sql for sql in told)


def test_what_lasts_is_read_once_whatever_else_is_committed(
    stores: tuple[SqliteStore, SqliteStore], told: list[str]
) -> None:
    store, other = stores
    assert not store.glance(paused)
    store.write(note)
    other.write(lambda tx: tx.facts.remove(name="name"))
    assert not store.glance(paused)
    assert read(told) == 1


@pytest.mark.parametrize("whose", [0, 1])
def test_a_change_of_what_lasts_is_seen_by_the_next_look_whoever_made_it(
    stores: tuple[SqliteStore, SqliteStore], whose: int
) -> None:
    writing = stores[whose]
    assert not any(store.glance(paused) for store in stores)
    writing.write(pause)
    assert all(store.glance(paused) for store in stores)
    writing.write(resume)
    assert not any(store.glance(paused) for store in stores)


def test_a_change_that_was_rolled_back_is_never_seen(
    stores: tuple[SqliteStore, SqliteStore], told: list[str]
) -> None:
    store, _ = stores
    assert not store.glance(paused)
    with pytest.raises(Conflict, match="not so"):
        store.write(fail)
    assert not store.glance(paused)
    assert read(told) == 1


def test_the_first_change_in_a_store_that_never_counted_one_is_seen(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    store, other = stores
    assert not store.glance(paused)
    assert store.glance(lambda tx: tx.facts.find(name="lasting")) is None
    other.write(pause)
    assert store.glance(paused)


def test_a_look_that_began_before_a_change_goes_on_seeing_its_moment(
    stores: tuple[SqliteStore, SqliteStore],
) -> None:
    store, other = stores

    def before_and_after(tx: Tx) -> tuple[bool, bool]:
        before = paused(tx)
        other.write(pause)
        return before, paused(tx)

    assert store.glance(before_and_after) == (False, False)
    assert store.glance(paused)


@pytest.mark.parametrize("whose", [0, 1])
@pytest.mark.parametrize(
    "change",
    [
        lambda tx: tx.pauses.add(OTHER),
        lambda tx: tx.pauses.add_all([OTHER]),
        lambda tx: tx.pauses.save(replace(PAUSE, why="a flood")),
        lambda tx: tx.pauses.remove(target=PAUSE.target),
    ],
    ids=["add", "add_all", "save", "remove"],
)
def test_no_way_to_change_what_lasts_goes_uncounted(
    stores: tuple[SqliteStore, SqliteStore], change: Callable[[Tx], object], whose: int
) -> None:
    stores[0].write(pause)
    before = [store.glance(lambda tx: tx.pauses.all()) for store in stores]
    assert before == [[PAUSE], [PAUSE]]
    stores[whose].write(change)
    first, second = (store.glance(lambda tx: tx.pauses.all()) for store in stores)
    assert first == second != [PAUSE]


def test_what_lasts_is_written_by_its_shelf_alone_which_counts() -> None:
    written = {
        name
        for module in Path(loftbox_cli.__file__).parent.rglob("*.py")
        for names in WRITES.findall(module.read_text())
        for name in names
    }
    assert "facts" in written
    assert not written & {place.table for place in catalogue.ALL if place.lasting}


def test_a_look_that_could_not_begin_is_in_nobodys_way(
    stores: tuple[SqliteStore, SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = stores
    assert not store.glance(paused)
    with monkeypatch.context() as broken:
        broken.setattr(statements, "_CHANGES", "SELECT value FROM elsewhere")
        with pytest.raises(StoreBusy):
            store.glance(paused)
    other.write(pause)
    assert store.glance(paused)
