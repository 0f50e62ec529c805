"""`loftbox resume`: the end of a pause."""

from loftbox_cli.cli.kill_switch import NAME, SCOPE, scope_of
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

app = noun()


@app.command()
@shows
def resume(scope: SCOPE, name: NAME = "", *, out: Output) -> None:
    """Let what was paused go on."""
    from loftbox_cli.core.pause import GATEWAY
    from loftbox_cli.core.views.pause import PauseView, pause_view
    from loftbox_cli.services import pauses
    from loftbox_cli.wiring import system_user

    out.expect(PauseView)
    wanted = scope_of(scope, name)
    with opened() as loftbox:
        resumed = loftbox.store.write(
            pauses.resume,
            wanted,
            name or GATEWAY,
            by=system_user(),
            request_id=loftbox.request_id(),
            now=loftbox.clock.now(),
        )
    out.show(pause_view(resumed))
    out.next("loftbox status")
