"""While a flood comes in at the doors, what is safe already waits to be read."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from loftbox_cli.daemon import intake as loop_of_intake
from loftbox_cli.daemon.bell import Bell
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.intake import read_mail
from loftbox_cli.services import intake

SIZE = 4


class Store:
    """Stands for a store with many unread mails, and remembers how many were claimed at a time."""

    def __init__(self, *, rush: bool) -> None:
        self.rush = rush
        self.claimed: list[int] = []
        self._numbers = iter(range(1_000))

    def glance(self, verb: Any, *_args: object, **_facts: object) -> Any:
        return b"" if verb is intake.raw else True

    async def write_behind(self, verb: Any, *args: Any, **_facts: object) -> Any:
        if verb is not intake.claim:
            return []
        self.claimed.append(args[0])
        return [SimpleNamespace(request_id=f"req_{next(self._numbers)}", fence=1) for _ in range(args[0])]


class Reader:
    """Reads for ever, until it is let."""

    def __init__(self) -> None:
        self.may_read = asyncio.Event()

    async def read(self, _raw: bytes) -> None:
        await self.may_read.wait()


async def turns(store: Store, reader: Reader, bell: Bell, rings: int) -> None:
    rooms: Any = SimpleNamespace(
        store=store, reader=reader, clock=SimpleNamespace(now=lambda: None), tag_secret=b""
    )
    loop = asyncio.create_task(read_mail(rooms, bell, Crew(SIZE, 1, bell.ring)))
    for _ in range(rings):
        for _ in range(10):
            await asyncio.sleep(0)
        bell.ring()
    reader.may_read.set()
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)


@pytest.mark.parametrize(("rush", "claimed"), [(False, [SIZE]), (True, [1])])
async def test_in_a_rush_one_mail_is_in_hand_and_else_as_many_as_may_be(
    rush: bool, claimed: list[int]
) -> None:
    store = Store(rush=rush)
    await turns(store, Reader(), Bell(asyncio.get_running_loop()), rings=5)
    assert store.claimed == claimed


async def test_in_a_rush_the_next_mail_is_taken_when_the_one_in_hand_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loop_of_intake, "RESTS", 0)
    store, reader = Store(rush=True), Reader()
    reader.may_read.set()
    await turns(store, reader, Bell(asyncio.get_running_loop()), rings=5)
    assert len(store.claimed) > 1
    assert set(store.claimed) == {1}


@pytest.mark.parametrize(("rush", "rests"), [(False, False), (True, True)])
async def test_after_a_mail_reading_rests_in_a_rush_only(
    monkeypatch: pytest.MonkeyPatch, rush: bool, rests: bool
) -> None:
    monkeypatch.setattr(loop_of_intake, "RESTS", 1e9)
    monkeypatch.setattr(loop_of_intake, "LONGEST_REST", 3600.0)
    store, reader = Store(rush=rush), Reader()
    reader.may_read.set()
    await turns(store, reader, Bell(asyncio.get_running_loop()), rings=5)
    assert (len(store.claimed) == 1) is rests
