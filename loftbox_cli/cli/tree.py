"""The one table of commands, and the tree that opens a command only when it is used.

Help and completion read the table alone. A noun's module `cli/<noun>.py` holds
`app`, made by `noun()`; it is imported when the noun is typed, and imports what is
heavy inside its verbs.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer

from loftbox_cli import __version__
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.settings import name_settings_file
from loftbox_cli.cli.typer_parts import (
    Command,
    Context,
    TyperCommand,
    TyperGroup,
    get_command,
    get_group,
    quicken,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: `summary` stands in the overview. A noun has verbs; the others run alone."""

    name: str
    summary: str
    has_verbs: bool = True


TABLE = (
    Entry("init", "Make the store, its keys and the first settings", has_verbs=False),
    Entry("serve", "Run the gateway", has_verbs=False),
    Entry("demo", "Show the whole job here, without domain or network", has_verbs=False),
    Entry("status", "Say how the gateway is doing", has_verbs=False),
    Entry("doctor", "Say what is wrong with the gateway, and how to mend it", has_verbs=False),
    Entry("send", "Send a message from a mailbox", has_verbs=False),
    Entry("logs", "Show what happened to messages, and follow it", has_verbs=False),
    Entry("trace", "Tell the whole story of a request, message or thread", has_verbs=False),
    Entry("pause", "Stop what leaves, until somebody resumes it", has_verbs=False),
    Entry("resume", "Let what was paused go on", has_verbs=False),
    Entry("agent", "Programs that have mailboxes"),
    Entry("mailbox", "Addresses of agents"),
    Entry("domain", "Domains that you proved to own"),
    Entry("policy", "Rules that say what may leave without a person"),
    Entry("approvals", "Messages that wait for a person"),
    Entry("message", "Mail that came or went"),
    Entry("thread", "Conversations"),
    Entry("queue", "What waits to be delivered, and why"),
    Entry("suppression", "Recipients that a domain does not write to"),
    Entry("webhook", "URLs that get events"),
    Entry("key", "API keys"),
    Entry("person", "Operators and approvers"),
    Entry("config", "Settings: what is in force, and where it came from"),
    Entry("db", "The store: keep a copy, look through it"),
)


class Tree(TyperGroup):
    """The root: every entry is a signpost until somebody follows it."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {entry.name: TyperCommand(entry.name, help=entry.summary) for entry in TABLE}

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Open the command that was typed, and let Typer go on."""
        for entry in TABLE:
            if args[0] == entry.name:
                self.commands[entry.name] = open_command(entry)
        return super().resolve_command(ctx, args)


def open_command(entry: Entry) -> Command:
    """Import one command."""
    app: typer.Typer = import_module(f"loftbox_cli.cli.{entry.name}").app
    command: Command = get_group(app) if entry.has_verbs else get_command(app)
    command.name = entry.name
    if entry.has_verbs:
        command.help = entry.summary
    quicken(command)
    return command


def _version(wanted: bool) -> None:
    if wanted:
        Output.plain().block(f"loftbox {__version__}")
        raise typer.Exit


def _root(
    config: Annotated[str, typer.Option(metavar="FILE", help="Read the settings from FILE.")] = "",
    version: Annotated[  # noqa: ARG001 - its callback did the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Give each AI agent a governed mailbox on a domain you own."""
    name_settings_file(config)


def build_tree() -> Tree:
    """Make the command line."""
    app = typer.Typer(cls=Tree, rich_markup_mode=None, no_args_is_help=True)
    app.callback()(_root)
    tree = get_command(app)
    if not isinstance(tree, Tree):
        raise TypeError(f"Typer made a {type(tree).__name__} of the tree")
    quicken(tree)
    return tree
