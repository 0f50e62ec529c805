"""`loftbox config`: which settings are in force, where they came from, and whether they are good."""

import os
from dataclasses import dataclass
from pathlib import Path

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.settings import named_settings_file, settings
from loftbox_cli.cli.shows import shows

app = noun()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the settings file is looked for."""

    path: Path
    exists: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Settings that hold together; `file` is None where only defaults and the environment speak."""

    verdict: str
    file: Path | None
    store: Path


@app.command("show")
@shows
def show(*, out: Output) -> None:
    """List every setting with its value and where it came from."""
    from loftbox_cli.edge.config_file.render import Row, render

    out.listing(render(settings()), of=Row)


@app.command("path")
@shows
def path(*, out: Output) -> None:
    """Say which settings file is read; exit code 3 when it is not there."""
    from loftbox_cli.edge.config_file.load import settings_file
    from loftbox_cli.edge.config_file.places import find_places, user_name

    places = find_places(os.environ, user=user_name())
    file, _ = settings_file(environ=os.environ, places=places, config=named_settings_file())
    out.show(Place(file, file.exists()))
    if not file.exists():
        raise typer.Exit(ExitCode.NOT_SO)


@app.command("check")
@shows
def check(*, out: Output) -> None:
    """Judge the settings and the files that they name, without starting anything."""
    loaded = settings()
    for door in (loaded.settings.smtp, loaded.settings.http):
        if door.tls_certificate and door.tls_key:
            from loftbox_cli.edge.system.certificate import server_context

            server_context(door.tls_certificate, door.tls_key)
    delivery = loaded.settings.delivery
    if delivery.next_hop is not None:
        from loftbox_cli.edge.system.smarthost_password import find_login

        # As the daemon looks for it: a password that only a keyring has would not start it.
        find_login(
            delivery.next_hop,
            loaded.store,
            named=delivery.next_hop_password_file,
            environ=os.environ,
            ask_keyring=False,
        )
    out.show(Verdict("good", loaded.file, loaded.store))
