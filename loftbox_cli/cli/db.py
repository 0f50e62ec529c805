"""`loftbox db`: a copy of the store to keep, and a look at everything in it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

app = noun()


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A copy of the store: where it is, and how many octets it has."""

    file: Path
    size: int


@app.command("backup")
@shows
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file; nothing is replaced.")],
    *,
    out: Output,
) -> None:
    """Copy the store into a new file, while the gateway goes on."""
    from loftbox_cli.wiring.keeping import back_up

    out.expect(BackedUp)
    with opened() as loftbox, out.working("copying the store"):
        size = back_up(loftbox, file)
    out.show(BackedUp(file, size))
    out.say("the master key is not in it: keep that apart, because without it no copy is of use")


@app.command("check")
@shows
def check(*, out: Output) -> None:
    """Go through the whole store: pages, raw mail, deliveries, events."""
    from loftbox_cli.core.doctor.check import all_well
    from loftbox_cli.core.views.doctor import CheckView, check_view
    from loftbox_cli.wiring.keeping import look_through

    out.expect(CheckView)
    with opened() as loftbox, out.working("going through the store"):
        checks = list(look_through(loftbox))
    out.listing(map(check_view, checks), of=CheckView)
    if not all_well(checks):
        raise typer.Exit(ExitCode.NOT_SO)
