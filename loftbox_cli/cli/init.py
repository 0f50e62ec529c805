"""`loftbox init`: the store, its keys, the operator and the first settings file."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.settings import settings
from loftbox_cli.cli.shows import shows
from loftbox_cli.core.errors import BadConfiguration, BadInput

if TYPE_CHECKING:
    from loftbox_cli.edge.config_file.load import Loaded

app = noun()

HEADER = """\
# Settings of LoftBox. Every key with its default and its meaning: loftbox config show,
# and the annotated loftbox.toml that comes with LoftBox.
"""


@dataclass(frozen=True, slots=True)
class Made:
    """What `init` made, and where."""

    store: Path
    settings: Path
    master_key: str
    hostname: str
    operator: str


@app.command()
@shows
def init(
    hostname: Annotated[str, typer.Option(metavar="NAME", help="Name of this mail server.")] = "",
    operator: Annotated[str, typer.Option(metavar="ADDRESS", help="Where notices go.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="Your name.")] = "",
    keyring: Annotated[bool, typer.Option("--keyring", help="Keep the master key in the keyring.")] = False,
    *,
    out: Output,
) -> None:
    """Make the store, its keys and the first settings."""
    from loftbox_cli.core.header import check_text
    from loftbox_cli.wiring.making import make

    loaded = settings(
        {"--hostname": ("gateway.hostname", hostname), "--operator": ("gateway.operator", operator)}
    )
    file = _settings_file(loaded, hostname, operator)
    gateway = loaded.settings.gateway
    who = name or gateway.operator.partition("@")[0]
    check_text(who, field="name")
    master_key = make(loaded, operator_name=who, in_keyring=keyring)
    if loaded.file is None:
        _write_settings(file, gateway.hostname, gateway.operator)
    out.show(Made(loaded.store, file, master_key, gateway.hostname, gateway.operator))
    out.say(f"keep {master_key} apart from the backup of the store: whoever has both reads its secrets")
    out.next("loftbox domain add example.com --use-case '…'")


def _settings_file(loaded: "Loaded", hostname: str, operator: str) -> Path:
    """The file that init reads or writes; raises BadInput when something needed is said nowhere."""
    import os

    from loftbox_cli.cli.settings import named_settings_file
    from loftbox_cli.edge.config_file.load import settings_file
    from loftbox_cli.edge.config_file.places import find_places, user_name

    gateway = loaded.settings.gateway
    if not gateway.hostname or not gateway.operator:
        missing = "--hostname" if not gateway.hostname else "--operator"
        raise BadInput(
            f"{missing} is needed",
            fix="loftbox init --hostname mx.example.com --operator you@example.com",
            field=missing,
        )
    if loaded.file is not None:
        if hostname or operator:
            raise BadInput(
                f"the settings file {loaded.file} is there already, and init does not rewrite it",
                fix=f"set [gateway] hostname and operator in {loaded.file}, then: loftbox init",
            )
        return loaded.file
    places = find_places(os.environ, user=user_name())
    return settings_file(environ=os.environ, places=places, config=named_settings_file())[0]


def _write_settings(file: Path, hostname: str, operator: str) -> None:
    import tomli_w

    text = HEADER + tomli_w.dumps({"gateway": {"hostname": hostname, "operator": operator}})
    try:
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadConfiguration(
            f"the store is made, but {file} cannot be written: {error.strerror}",
            fix=f"write this there as its owner:\n{text}",
        ) from error
