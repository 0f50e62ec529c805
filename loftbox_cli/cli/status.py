"""`loftbox status`: the gateway in one glance."""

from dataclasses import replace

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

app = noun()


@app.command()
@shows
def status(*, out: Output) -> None:
    """Say how the gateway is doing: who serves it, what waits, what is paused."""
    from loftbox_cli.core.smarthost_login import NEXT_STEP
    from loftbox_cli.core.views.status import StatusView
    from loftbox_cli.services import shown
    from loftbox_cli.services import status as counting

    out.expect(StatusView)
    with opened() as loftbox:
        found = loftbox.store.glance(counting.status, now=loftbox.clock.now())
        if not loftbox.served:
            found = replace(found, serving="")
        view = shown.status(found, store_failed=loftbox.store_failed)
    out.show(view)
    for refused in view.logins_refused:
        out.say(f"mail waits: {refused.smarthost} refuses our login")
        out.say(NEXT_STEP)
    if view.store == "failed":
        out.say("the disk of the store failed: nothing is received or sent before a restart")
        out.say("look at the disk and the kernel's log, then restart the gateway")
    elif view.serving is None:
        out.say("nothing is received or sent now: the gateway does not run")
        out.next("loftbox serve")
    elif view.held:
        out.next("loftbox approvals list")
