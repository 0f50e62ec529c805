"""The settings of this call: `--config` is remembered, and read when a command asks."""

import os
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loftbox_cli.edge.config_file.load import Loaded

_named: ContextVar[Path | None] = ContextVar("settings file named by --config", default=None)


def name_settings_file(name: str) -> None:
    """Remember what `--config` said; "" for nothing."""
    _named.set(Path(name) if name else None)


def named_settings_file() -> Path | None:
    """Answer what `--config` said."""
    return _named.get()


def settings(flags: Mapping[str, tuple[str, str]] | None = None) -> "Loaded":
    """Load the settings; raises BadConfiguration.

    `flags` are above all: by the option as it is typed, the dotted key and the words
    that were given, "" for none.
    """
    from loftbox_cli.edge.config_file.load import Flag, load_settings
    from loftbox_cli.edge.config_file.places import find_places, user_name

    places = find_places(os.environ, user=user_name())
    given = [Flag(option, key, words) for option, (key, words) in (flags or {}).items() if words]
    return load_settings(environ=os.environ, places=places, config=_named.get(), flags=given)
