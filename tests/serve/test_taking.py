"""What becomes of a claim when its loop is told to stop."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from loftbox_cli.core.errors import StoreFailed
from loftbox_cli.daemon.patience import take


class Shop:
    """A store whose one writer answers when the test says so."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
        self.asked = asyncio.Event()
        self.put_back: list[str] = []

    def write_behind(self, _verb: Callable[..., Any], /, *_: Any, **__: Any) -> asyncio.Future[list[str]]:
        """Queue the verb."""
        self.asked.set()
        return self.answer

    async def back(self, name: str) -> None:
        """Take one back."""
        self.put_back.append(name)

    async def taking(self) -> "asyncio.Task[Any]":
        """Begin to claim, up to where the writer has it."""
        task = asyncio.create_task(take(self, self.back, list))  # type: ignore[arg-type]  # all it needs of a store
        await self.asked.wait()
        return task


async def test_what_a_stopped_loop_claimed_is_put_back() -> None:
    shop = Shop()
    task = await shop.taking()
    task.cancel()
    await asyncio.sleep(0)
    shop.answer.set_result(["first", "second"])
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shop.put_back == ["first", "second"]


async def test_a_stop_does_not_wait_for_a_claim_that_the_store_never_takes() -> None:
    shop = Shop()
    task = await shop.taking()
    task.cancel()
    await asyncio.sleep(0)
    shop.answer.set_exception(StoreFailed("the disk of the store failed"))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert shop.put_back == []


async def test_a_claim_that_was_answered_is_put_into_hands() -> None:
    shop = Shop()
    task = await shop.taking()
    shop.answer.set_result(["first"])
    assert await task == ["first"]
    assert shop.put_back == []
