"""`loftbox trace`: the whole story of one thing."""

from typing import Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

app = noun()


@app.command()
@shows
def trace(
    thing: Annotated[
        str,
        typer.Argument(metavar="ID", help="Of a request, message, thread, approval or delivery."),
    ],
    *,
    out: Output,
) -> None:
    """Tell a story in order: each event, each attempt with the peer's words, each POST to a webhook."""
    from loftbox_cli.cli.log_lines import log_lines
    from loftbox_cli.core.plain_text import plain_line
    from loftbox_cli.core.telling import Sentence
    from loftbox_cli.core.views.trace import StepView
    from loftbox_cli.services import events, shown
    from loftbox_cli.services.tx import EVERYTHING

    with opened() as loftbox:
        steps = shown.steps(loftbox.store.glance(events.trace, thing, EVERYTHING))
        now = loftbox.clock.now()
    if out.for_people and not out.fields:
        told = [(step.at, Sentence(plain_line(step.text), step.state)) for step in steps]
        for line in log_lines(told, now=now, width=max(len(each.text) for _, each in told)):
            out.line(line)
    else:
        out.listing(steps, of=StepView)
