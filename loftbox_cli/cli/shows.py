"""How a command gets the options of output without naming them.

@app.command("list")
@shows
def list_domains(*, out: Output) -> None:
    ...
"""

from collections.abc import Callable
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from loftbox_cli.cli.output import Output

_OPTIONS = (
    Parameter(
        "out_json",
        Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--json", help="Write one JSON document.")],
    ),
    Parameter(
        "out_jsonl",
        Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("--jsonl", help="Write one JSON object a line.")],
    ),
    Parameter(
        "out_fields",
        Parameter.KEYWORD_ONLY,
        default="",
        annotation=Annotated[
            str, typer.Option("--fields", metavar="A,B", show_default=False, help="Show these fields only.")
        ],
    ),
    Parameter(
        "out_ids",
        Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, typer.Option("-q", help="Write the ids only.")],
    ),
)


def shows(command: Callable[..., None]) -> Callable[..., None]:
    """Give `command` its `out`, chosen by --json, --jsonl, --fields and -q."""
    form = signature(command, eval_str=True)
    own = [parameter for name, parameter in form.parameters.items() if name != "out"]
    offered = [*own, *_OPTIONS]

    def with_output(
        *, out_json: bool, out_jsonl: bool, out_fields: str, out_ids: bool, **values: Any
    ) -> None:
        out = Output.chosen(as_json=out_json, as_jsonl=out_jsonl, ids_only=out_ids, fields=out_fields)
        command(**values, out=out)

    # Typer reads the name, the help, the signature and the annotations of what it is given.
    with_output.__name__ = command.__name__
    with_output.__doc__ = command.__doc__
    with_output.__annotations__ = {parameter.name: parameter.annotation for parameter in offered}
    with_output.__signature__ = form.replace(parameters=offered)  # type: ignore[attr-defined] # PEP 362
    return with_output
