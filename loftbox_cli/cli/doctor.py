"""`loftbox doctor`: what is wrong with the gateway, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.settings import settings
from loftbox_cli.cli.shows import shows
from loftbox_cli.core.errors import BadConfiguration

if TYPE_CHECKING:
    from loftbox_cli.core.doctor.check import Check

app = noun()


@app.command()
@shows
def doctor(
    outside: Annotated[
        bool,
        typer.Option(
            "--outside",
            help="Ask the world too: port 25, reverse names, smarthosts, MTA-STS, and block lists if named.",
        ),
    ] = False,
    *,
    out: Output,
) -> None:
    """Look at settings, store, keys, files and doors, and say what to mend.

    Exit code 0: nothing is wrong. 3: something is.
    """
    from loftbox_cli.core.doctor.check import all_well
    from loftbox_cli.core.views.doctor import CheckView, check_view

    out.expect(CheckView)
    with out.working("looking at everything"):
        checks = _checks(outside=outside)
    out.listing(map(check_view, checks), of=CheckView)
    if not all_well(checks):
        raise typer.Exit(ExitCode.NOT_SO)


def _checks(*, outside: bool) -> "list[Check]":
    from loftbox_cli import wiring
    from loftbox_cli.core.doctor.check import from_error
    from loftbox_cli.wiring.doctor import examine

    try:
        loaded = settings()
    except BadConfiguration as error:
        # Without settings nobody knows which store and which doors to look at.
        return [from_error("settings", error)]
    with wiring.opened(loaded) as loftbox:
        return list(examine(loftbox, outside=outside))
