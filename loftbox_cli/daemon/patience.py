"""Writing down what has happened in the world, however long the store needs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Concatenate, ParamSpec, TypeVar

import structlog

from loftbox_cli.core.errors import TryLater
from loftbox_cli.services.store import Store
from loftbox_cli.services.tx import Tx

P = ParamSpec("P")
R = TypeVar("R")

PAUSE = 1.0  # seconds

log = structlog.get_logger("patience")


async def persist(
    store: Store, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
) -> R:
    """Run a verb until it is on the disk.

    A peer's 250 or a webhook's 200 cannot be taken back: when the disk is full just
    then, the record waits for room instead of being dropped.
    """
    return await _asked_again(verb.__name__, lambda: store.write_behind(verb, *args, **kwargs))


async def take(
    store: Store,
    put_back: Callable[[R], Awaitable[object]],
    verb: Callable[Concatenate[Tx, P], Sequence[R]],
    /,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Sequence[R]:
    """Run a verb that claims. Cancelled meanwhile, put back what is committed and nobody will have in hand.

    A store that takes nothing has committed no claim: then there is nothing to wait for.
    """

    async def claimed() -> Sequence[R]:
        claiming = asyncio.ensure_future(store.write_behind(verb, *args, **kwargs))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(TryLater):
                for each in await claiming:
                    await put_back(each)
            raise

    return await _asked_again(verb.__name__, claimed)


async def _asked_again(name: str, ask: Callable[[], Awaitable[R]]) -> R:
    told = False
    while True:
        try:
            return await ask()
        except TryLater as error:
            if not told:
                log.warning("store takes nothing now", verb=name, why=error.fact, fix=error.fix)
            told = True
            await asyncio.sleep(PAUSE)
