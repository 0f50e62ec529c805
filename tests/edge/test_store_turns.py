"""Who stands at a door goes first, and the loops behind it are not forgotten."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from pathlib import Path

import pytest

from loftbox_cli.core.ids import spell
from loftbox_cli.edge.store import file, writer
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services.tx import Fact, Tx


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    path = tmp_path / "store.db"
    file.make(path)
    store = SqliteStore(path, mint=lambda prefix: spell(prefix, 0, 1), alone=True)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _no_tenth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rush last until the test is over: no test depends on how fast this machine is."""
    monkeypatch.setattr(writer, "RUSH_SECONDS", 3600.0)


def note(tx: Tx, name: str) -> str:
    tx.facts.add(Fact(name, ""))
    return name


def names(store: SqliteStore) -> list[str]:
    return [fact.name for fact in store.glance(lambda tx: tx.facts.all())]


def held(store: SqliteStore, doors: int, behind: int) -> Sequence[Awaitable[str]]:
    """What waits while the writer is busy: first asked for by the loops, then by the doors."""
    with store._ready()._wake:  # the writer cannot look before all of them wait
        loops = [
            asyncio.ensure_future(store.write_behind(note, f"loop {number}")) for number in range(behind)
        ]
        return loops + [
            asyncio.ensure_future(store.write_soon(note, f"door {number}")) for number in range(doors)
        ]


async def test_who_stands_at_a_door_is_written_before_what_waited_longer_behind_it(
    store: SqliteStore,
) -> None:
    await asyncio.gather(*held(store, doors=2, behind=2))
    assert names(store) == ["door 0", "door 1", "loop 0", "loop 1"]


async def test_the_loops_have_a_turn_in_a_rush_too(store: SqliteStore) -> None:
    await asyncio.gather(*held(store, doors=writer.RUSH, behind=1))
    assert names(store)[-1] == "loop 0"


async def test_after_their_turn_in_a_rush_the_loops_wait_and_the_doors_do_not(store: SqliteStore) -> None:
    await asyncio.gather(*held(store, doors=writer.RUSH, behind=1))
    store._ready()._behind_at += 3600
    later = asyncio.ensure_future(store.write_behind(note, "later"))
    for number in range(20):
        await store.write_soon(note, str(number))
    assert not later.done()
    assert "later" not in names(store)
    await asyncio.to_thread(store.close)
    assert await later == "later"


@pytest.mark.parametrize(("doors", "rush"), [(writer.RUSH - 1, False), (writer.RUSH, True)])
async def test_several_at_the_doors_at_once_are_a_rush(store: SqliteStore, doors: int, rush: bool) -> None:
    await asyncio.gather(*held(store, doors=doors, behind=writer.RUSH))
    assert store.rush is rush


async def test_much_at_the_doors_at_once_is_a_rush_too(store: SqliteStore) -> None:
    def keep(tx: Tx, octets: int) -> str:
        return tx.keep(bytes(octets), f"{octets:064}")

    await store.write_soon(keep, writer.RUSH_OCTETS - 1)
    assert not store.rush
    await store.write_soon(keep, writer.RUSH_OCTETS)
    assert store.rush


async def test_in_a_rush_a_group_waits_for_as_many_as_there_were_before(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    store.on_commit(lambda: groups.append(1))
    monkeypatch.setattr(writer, "GATHER_SECONDS", 3600.0)
    await asyncio.gather(*held(store, doors=writer.RUSH, behind=0))
    back = [asyncio.ensure_future(store.write_soon(note, f"back {number}")) for number in range(writer.RUSH)]
    await asyncio.gather(*back)
    await asyncio.to_thread(store.close)  # the listener is called after the answers
    assert len(groups) == 2


async def test_in_a_rush_nobody_waits_long_for_who_does_not_come_back(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GATHER_SECONDS", 0.0)
    await asyncio.gather(*held(store, doors=writer.RUSH, behind=0))
    await store.write_soon(note, "came back alone")
    monkeypatch.setattr(writer, "GATHER_SECONDS", 3600.0)
    await store.write_soon(note, "waits for nobody")


async def test_who_waits_for_others_is_written_when_the_store_closes(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "GATHER_SECONDS", 3600.0)
    await asyncio.gather(*held(store, doors=writer.RUSH, behind=0))
    alone = asyncio.ensure_future(store.write_soon(note, "alone"))
    await asyncio.sleep(0)
    await asyncio.to_thread(store.close)
    assert await alone == "alone"


async def test_large_mail_does_not_wait_for_more(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(tx: Tx, number: int) -> str:
        return tx.keep(bytes(writer.RUSH_OCTETS), f"{number:064}")

    monkeypatch.setattr(writer, "GATHER_SECONDS", 3600.0)
    with store._ready()._wake:
        large = [asyncio.ensure_future(store.write_soon(keep, number)) for number in range(writer.RUSH)]
    await asyncio.gather(*large)
    await store.write_soon(keep, writer.RUSH)
