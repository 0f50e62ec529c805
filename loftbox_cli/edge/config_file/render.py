"""The settings as a person reads them: each key, its value as TOML, and where it came from.

No setting is a secret: keys and passwords are named by file, never written here.
"""

import json
from dataclasses import dataclass

from loftbox_cli.edge.config_file.kinds import TomlValue
from loftbox_cli.edge.config_file.load import Loaded
from loftbox_cli.edge.config_file.settings import KINDS, value_of


@dataclass(frozen=True, slots=True)
class Row:
    """One setting."""

    key: str
    value: str
    source: str


def render(loaded: Loaded) -> tuple[Row, ...]:
    """List every setting in the order of the documentation."""
    return tuple(
        Row(key, toml(kind.spell(value_of(loaded.settings, key))), loaded.sources[key])
        for key, kind in KINDS.items()
    )


def toml(value: TomlValue) -> str:
    """Write one value; JSON's forms of text, number, truth and list are TOML's too."""
    return json.dumps(value, ensure_ascii=False)
