"""The bell wakes the loops, and keeps none from stopping."""

import asyncio

import pytest

from loftbox_cli.daemon.bell import Bell


async def test_a_loop_that_is_told_to_stop_while_the_bell_rings_stops() -> None:
    bell = Bell(asyncio.get_running_loop())
    waiting = asyncio.create_task(bell.wait(bell.rung, 60))
    await asyncio.sleep(0)
    bell.ring()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_ring_between_two_looks_is_not_missed() -> None:
    bell = Bell(asyncio.get_running_loop())
    seen = bell.rung
    bell.ring()
    async with asyncio.timeout(5):
        await bell.wait(seen, 60)
