"""What waits for the writer, and how each caller hears what became of its verb."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from loftbox_cli.edge.store.transaction import Transaction


@dataclass(slots=True)
class Job:
    """One verb that waits for its turn, and the place where its caller waits for the answer.

    With `together` it may also be done in one go with others that name the same verb of many.
    """

    run: Callable[[Transaction], Any]
    loop: asyncio.AbstractEventLoop | None
    future: Any
    together: Callable[[Any, Sequence[Any]], Sequence[Any]] | None = None
    item: Any = None
    weight: int = 0


Answer = tuple[Job, Any, BaseException | None]


def settle(answers: list[Answer]) -> None:
    """Hand each answer to its caller; one call into an event loop serves all of its futures."""
    loops: dict[asyncio.AbstractEventLoop, list[Answer]] = {}
    for answer in answers:
        job = answer[0]
        if job.loop is None:
            _fulfil(answer)
        else:
            loops.setdefault(job.loop, []).append(answer)
    for loop, theirs in loops.items():
        with suppress(RuntimeError):  # the loop has closed: nobody waits there any more
            loop.call_soon_threadsafe(_fulfil_all, theirs)


def _fulfil_all(answers: list[Answer]) -> None:
    for answer in answers:
        _fulfil(answer)


def _fulfil(answer: Answer) -> None:
    job, value, error = answer
    if job.future.done():  # the caller was cancelled; what it asked for has happened all the same
        return
    if error is None:
        job.future.set_result(value)
    else:
        job.future.set_exception(error)
