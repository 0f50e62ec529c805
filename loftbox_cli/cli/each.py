"""One thing, several, or those whose ids come by `-`: how a command goes through them.

One is shown whole, several as a list. What goes wrong with one of several is told
on standard error and keeps nobody from the rest; the exit code is that of the first
that went wrong.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import typer

from loftbox_cli.cli.exit_codes import exit_for
from loftbox_cli.cli.ids_from_stdin import ids
from loftbox_cli.cli.output import Mode, Output, report
from loftbox_cli.core.errors import LoftBoxError

V = TypeVar("V")


def through_each(out: Output, given: Sequence[str], act: Callable[[str], V], *, of: type[V]) -> V | None:
    """Do `act` for every id and write what it answers; answers the view of a single thing."""
    out.expect(of)
    if len(given) == 1 and given[0] != "-":
        view = act(given[0])
        out.show(view)
        return view
    failed: list[LoftBoxError] = []
    out.listing(_done(ids(given), act, failed, as_json=out.mode in (Mode.JSON, Mode.JSONL)), of=of)
    if failed:
        raise typer.Exit(exit_for(failed[0]))
    return None


def _done(
    words: Sequence[str], act: Callable[[str], V], failed: list[LoftBoxError], *, as_json: bool
) -> Iterator[V]:
    for word in words:
        try:
            yield act(word)
        except LoftBoxError as error:
            report(error, as_json=as_json)
            failed.append(error)
