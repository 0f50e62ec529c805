"""`loftbox pause`: the kill switch."""

from typing import Annotated

import typer

from loftbox_cli.cli.kill_switch import NAME, SCOPE, scope_of
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

app = noun()


@app.command()
@shows
def pause(
    scope: SCOPE,
    name: NAME = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="What the log says about it.")] = "",
    *,
    out: Output,
) -> None:
    """Stop what leaves, until somebody resumes it; what comes in is still taken."""
    from loftbox_cli.core.header import check_text
    from loftbox_cli.core.pause import GATEWAY
    from loftbox_cli.core.views.pause import PauseView, pause_view
    from loftbox_cli.services import pauses
    from loftbox_cli.wiring import system_user

    out.expect(PauseView)
    check_text(why, field="--why")
    wanted = scope_of(scope, name)
    with opened() as loftbox:
        paused = loftbox.store.write(
            pauses.pause,
            wanted,
            name or GATEWAY,
            by=system_user(),
            why=why,
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(pause_view(paused))
    out.next(f"loftbox resume {wanted} {name}".rstrip())
