"""Slots: how many tasks run at once, and who gives a slot up."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from loftbox_cli.daemon.crew import PATIENCE, Crew


class Time:
    """Seconds, advanced by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Tasks that go on until they are told to end."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.ends: list[asyncio.Event] = []

    def begin(self, count: int = 1) -> None:
        for _ in range(count):
            end = asyncio.Event()
            self.ends.append(end)

            async def run(end: asyncio.Event = end) -> None:
                await end.wait()

            self.crew.start("place", run(), harmless_to_stop=lambda: True)

    async def end(self) -> None:
        for end in self.ends:
            end.set()
        await self.crew.rest(1.0)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def work(time: Time) -> AsyncIterator[Work]:
    made = Work(Crew(3, 3, lambda: None, beside=2, clock=time))
    yield made
    await made.end()


async def test_there_are_as_many_slots_as_the_crew_is_large(work: Work) -> None:
    assert work.crew.free == 3
    work.begin(3)
    assert (work.crew.free, work.crew.busy) == (0, frozenset({"place"}))


async def test_who_waits_long_gives_up_the_slot_and_goes_on(work: Work, time: Time) -> None:
    work.begin(2)
    time.now += PATIENCE / 4
    work.begin(1)
    assert work.crew.frees_in == PATIENCE * 3 / 4
    time.now += PATIENCE * 3 / 4
    assert work.crew.free == 2
    assert work.crew.frees_in == PATIENCE / 4
    assert len(work.crew) == 3


async def test_only_so_many_wait_beside_the_others(work: Work, time: Time) -> None:
    work.begin(3)
    time.now += PATIENCE
    work.begin(2)
    time.now += PATIENCE
    assert (work.crew.free, work.crew.frees_in) == (0, None)


async def test_a_crew_without_room_beside_it_keeps_its_slots_taken(time: Time) -> None:
    work = Work(Crew(1, 1, lambda: None, clock=time))
    work.begin()
    time.now += 10 * PATIENCE
    assert (work.crew.free, work.crew.frees_in) == (0, None)
    await work.end()


async def test_a_task_that_ended_frees_its_slot_and_its_place(work: Work) -> None:
    work.begin(3)
    await work.end()
    assert (work.crew.free, work.crew.busy, len(work.crew)) == (3, frozenset(), 0)
