"""The steps of the demo: each is told as it ends, and the first that goes wrong ends the demo."""

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.core.errors import LoftBoxError

PATIENCE = 20.0  # seconds for one step; a slow machine needs two
TITLE_WIDTH = 48  # with its mark and a short detail a step fits a line of 80


class NotAsExpected(Exception):
    """A check of the demo failed."""

    def __init__(self, what: str, *, expected: object, seen: object) -> None:
        super().__init__(f"{what}: expected {expected}, saw {seen}")
        self.what = what
        self.expected = expected
        self.seen = seen


def expect(what: str, seen: object, expected: object) -> None:
    """Hold `seen` to be what was expected; raises NotAsExpected."""
    if seen != expected:
        raise NotAsExpected(what, expected=_spelled(expected), seen=_spelled(seen))


async def together(*works: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do several things at once; when one goes wrong, the others are given up before that is raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _spelled(value: object) -> str:
    return json.dumps(value, default=str)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """One step and how it ended."""

    object: Literal["step"] = "step"
    number: int
    title: str
    ok: bool
    detail: str


class Step:
    """A step under way; what is `seen` is told beside its title."""

    def __init__(self) -> None:
        self.seen = ""


class Steps:
    """Tells the steps to `out`: a line each, or with `--json` an object each."""

    def __init__(self, out: Output, *, patience: float = PATIENCE) -> None:
        self.count = 0
        self._out = out
        self._patience = patience

    @asynccontextmanager
    async def step(self, title: str) -> AsyncIterator[Step]:
        """Do one step. What goes wrong in it is told, and raised as one LoftBoxError."""
        self.count += 1
        step = Step()
        try:
            with self._out.working(title):
                async with asyncio.timeout(self._patience):
                    yield step
        except Exception as error:
            # Whatever it was, the step failed, and whoever reads on wants to know which.
            fact = self._fact(error)
            self._tell(title, fact, ok=False)
            raise LoftBoxError(f"step {self.count} failed, {title}: {fact}") from error
        self._tell(title, step.seen, ok=True)

    def _fact(self, error: Exception) -> str:
        match error:
            case TimeoutError() if not error.args:
                return f"expected to be done within {self._patience:g} seconds, and is not"
            case LoftBoxError() | NotAsExpected():
                return str(error)
            case _:
                return f"{type(error).__name__}: {error}"

    def _tell(self, title: str, detail: str, *, ok: bool) -> None:
        if self._out.mode is Mode.JSONL:
            view = StepView(number=self.count, title=title, ok=ok, detail=detail)
            self._out.follow([view], of=StepView)
        else:
            self._out.line(f"{self._mark(ok)}  {title:{TITLE_WIDTH}}  {detail}")

    def _mark(self, ok: bool) -> str:
        """A mark on a terminal that can show it, a word elsewhere."""
        sign, word = ("\u2713", "ok    ") if ok else ("\u2717", "failed")
        if self._out.mode is not Mode.TABLE:
            return word
        try:
            sign.encode(self._out.stdout.encoding or "ascii")
        except UnicodeEncodeError:
            return word
        return sign
