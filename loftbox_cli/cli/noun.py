"""How a command's module makes its `app`."""

import typer


def noun() -> typer.Typer:
    """Make an app for verbs, or for the one function of a command without verbs.

    Help stays plain text: Rich would cost each `--help` more than all the rest.
    """
    return typer.Typer(rich_markup_mode=None, no_args_is_help=True, add_completion=False)
