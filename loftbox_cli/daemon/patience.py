"""Writing down what has happened in the world, however long the store needs."""

import asyncio
from collections.abc import Callable
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
    told = False
    while True:
        try:
            return await store.write_behind(verb, *args, **kwargs)
        except TryLater as error:
            if not told:
                log.warning("store takes nothing now", verb=verb.__name__, why=error.fact, fix=error.fix)
            told = True
            await asyncio.sleep(PAUSE)
