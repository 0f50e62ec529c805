"""`loftbox trace`: the whole story of one thing."""

from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.opened import opened
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.shows import shows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from loftbox_cli.core.views.trace import StepView

app = noun()

INDENT = " " * len("09:41:02  ")


@app.command()
@shows
def trace(
    thing: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Of a request, message, thread, approval, delivery, event or notification."
        ),
    ],
    transcript: Annotated[
        bool, typer.Option("--transcript", help="Show the dialog of each attempt, line by line.")
    ] = False,
    *,
    out: Output,
) -> None:
    """Tell a story in order: decisions, each attempt with the peer's words, each POST to a webhook."""
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
        width = max(len(plain_line(step.text)) for step in steps)
        day = now
        for step in steps:
            for line in log_lines(
                [(step.at, Sentence(plain_line(step.text), step.state))], now=day, width=width
            ):
                out.line(line)
            day = step.at  # a date stands only where it changes
            for line in under(step, transcript=transcript):
                out.line(f"{INDENT}{line}")
    else:
        out.listing(steps, of=StepView)


def under(step: "StepView", *, transcript: bool) -> "Iterator[str]":
    """Give what stands below a step: its details, and its dialog where that is wanted."""
    from loftbox_cli.core.plain_text import plain_line

    yield from map(plain_line, step.details)
    if transcript and step.attempt is not None:
        yield from map(plain_line, step.attempt.transcript)
