"""What we need from inside Typer, which carries its own copy of Click.

These names are not promised by Typer; its version is held to one minor release, and
the tests of the tree notice when one of them moves. No other file reaches inside.
"""

from collections import Counter
from functools import partial
from typing import Any

from typer import Abort, _completion_classes
from typer._click import Command, Context
from typer._click.exceptions import ClickException as UsageMistake
from typer._click.parser import _OptionParser
from typer._coercion import RuntimeParam
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_group

__all__ = [
    "Abort",
    "Command",
    "Context",
    "TyperArgument",
    "TyperCommand",
    "TyperGroup",
    "TyperOption",
    "UsageMistake",
    "get_command",
    "get_group",
    "quicken",
]


def _unchanged(text: str) -> str:
    return text


# Typer loads Rich to take markup out of the help that completion shows. Ours has none.
_completion_classes._sanitize_help_text = _unchanged


class _Words(RuntimeParam):
    """Takes words as they were typed, and flags as they were given."""

    def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:  # noqa: ARG002 - the form is Typer's
        return value


class _OnceParser(_OptionParser):
    """Refuses an option that takes one value and is given two: Click would forget the first."""

    def parse_args(self, args: list[str]) -> tuple[dict[str, Any], list[str], list[Any]]:
        opts, rest, order = super().parse_args(args)
        for param, times in Counter(order).items():
            takes_one = isinstance(param, TyperOption) and not (
                param.multiple or param.is_flag or param.count
            )
            if takes_one and times > 1 and self.ctx is not None and not self.ctx.resilient_parsing:
                self.ctx.fail(f"{param.opts[0]} is given {times} times: give it once.")
        return opts, rest, order


def _once_parser(command: Command, ctx: Context) -> _OptionParser:
    parser = _OnceParser(ctx)
    for param in command.get_params(ctx):
        param.add_to_parser(parser, ctx)
    return parser


def quicken(command: Command) -> None:
    """Let options that are flags or plain words be read without Pydantic, and none be given in vain.

    Typer builds a Pydantic adapter for every option, also one that was not given;
    the import alone would cost each press of TAB more than everything else.
    """
    command.make_parser = partial(_once_parser, command)  # type: ignore[method-assign] # Typer makes its class
    for param in command.get_params(Context(command)):  # the help option is among them
        if isinstance(param, TyperOption | TyperArgument):
            form = param.type_descriptor
            if form.annotation in (str, list[str]) or getattr(param, "is_flag", False):
                param._runtime_param = _Words(form.parameter_info, form.annotation)
    if isinstance(command, TyperGroup):
        for verb in command.commands.values():
            quicken(verb)
