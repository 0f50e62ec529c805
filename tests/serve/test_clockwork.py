"""What the loops that time drives do when the store takes nothing."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import StoreBusy
from loftbox_cli.daemon.clockwork import look_at_domains
from loftbox_cli.wiring.rooms import Rooms
from tests.serve.daemon import PATIENCE
from tests.services.house import opened_house


async def test_a_look_that_the_store_does_not_take_ends_no_loop_and_keeps_no_other_from_its_turn(
    tmp_path: Path,
) -> None:
    seen: list[str] = []
    both = asyncio.Event()

    async def look(domain: Domain) -> Domain:
        seen.append(domain.name)
        if len(seen) == 1:
            raise StoreBusy("the store is busy")
        both.set()
        return domain

    with opened_house(tmp_path) as house:
        house.domain("one.example")
        house.domain("two.example")
        house.clock.advance(days=1)
        rooms = cast("Rooms", SimpleNamespace(store=house.store, clock=house.clock))
        loop = asyncio.create_task(look_at_domains(rooms, look))
        async with asyncio.timeout(PATIENCE):
            await both.wait()
        assert seen == ["one.example", "two.example"]
        assert not loop.done()
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
