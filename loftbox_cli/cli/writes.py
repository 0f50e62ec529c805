"""How a command gets a message from its options without naming each of them.

@app.command("reply")
@writes
@shows
def reply(message: MessageId, *, written: Written, out: Output) -> None:
    ...
"""

import dataclasses
from collections.abc import Callable
from inspect import Parameter, signature
from typing import Annotated, Any

import typer


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was typed of a message, still unread: see `draft_options`."""

    to: Annotated[
        list[str], typer.Option(metavar="ADDRESS", help="a@example.com or Name <a@example.com>.")
    ] = dataclasses.field(default_factory=list)
    cc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who gets a copy.")] = dataclasses.field(
        default_factory=list
    )
    bcc: Annotated[list[str], typer.Option(metavar="ADDRESS", help="Who gets one unseen.")] = (
        dataclasses.field(default_factory=list)
    )
    subject: Annotated[str, typer.Option(metavar="TEXT", help="The subject.")] = ""
    text: Annotated[str, typer.Option(metavar="TEXT", help="The text of the message.")] = ""
    text_file: Annotated[str, typer.Option(metavar="FILE", help="The text; - is standard input.")] = ""
    html_file: Annotated[str, typer.Option(metavar="FILE", help="The HTML; - is standard input.")] = ""
    attach: Annotated[list[str], typer.Option(metavar="FILE", help="A file to attach.")] = dataclasses.field(
        default_factory=list
    )
    inline: Annotated[
        list[str],
        typer.Option(metavar="FILE", help="An image that the HTML shows by its file name: cid:logo.png."),
    ] = dataclasses.field(default_factory=list)
    header: Annotated[list[str], typer.Option(metavar="'X-NAME: VALUE'", help="A field to add.")] = (
        dataclasses.field(default_factory=list)
    )
    label: Annotated[list[str], typer.Option(metavar="TEXT", help="A label, which stays here.")] = (
        dataclasses.field(default_factory=list)
    )
    metadata: Annotated[
        list[str], typer.Option(metavar="KEY=VALUE", help="A note for programs, which stays here.")
    ] = dataclasses.field(default_factory=list)
    context: Annotated[
        list[str], typer.Option(metavar="KEY=VALUE", help="What policies may ask about your work.")
    ] = dataclasses.field(default_factory=list)
    at: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="When it leaves: 2026-11-24T09:00Z, or 2h from now. [default: now]"
        ),
    ] = ""
    expires_after: Annotated[
        str, typer.Option(metavar="DURATION", help="Do not deliver it later than so long from now.")
    ] = ""
    key_file: Annotated[
        str,
        typer.Option(metavar="FILE", help="Send as the agent whose API key is in FILE. [default: as you]"),
    ] = ""
    idempotency_key: Annotated[
        str, typer.Option(metavar="KEY", help="Send once, however often this is run with KEY in a day.")
    ] = ""


def writes(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` its `written`, read from options of these names."""
    form = signature(command, eval_str=True)
    own = [parameter for name, parameter in form.parameters.items() if name != "written"]
    named = [each for each in own if each.kind is not Parameter.KEYWORD_ONLY]
    offered = [*named, *_options(), *(each for each in own if each.kind is Parameter.KEYWORD_ONLY)]
    names = [each.name for each in dataclasses.fields(Written)]

    def with_message(**values: Any) -> None:
        written = Written(**{name: values.pop(name) for name in names})
        command(**values, written=written)

    # Typer reads the name, the help, the signature and the annotations of what it is given.
    with_message.__name__ = command.__name__
    with_message.__doc__ = command.__doc__
    with_message.__annotations__ = {each.name: each.annotation for each in offered}
    with_message.__signature__ = form.replace(parameters=offered)  # type: ignore[attr-defined] # PEP 362
    return with_message


def _options() -> list[Parameter]:
    return [
        Parameter(
            each.name,
            Parameter.KEYWORD_ONLY,
            default=[] if each.default is dataclasses.MISSING else each.default,
            annotation=each.type,
        )
        for each in dataclasses.fields(Written)
    ]
