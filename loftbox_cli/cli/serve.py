"""`loftbox serve`: the gateway, in the foreground, until it is told to stop."""

import json
from typing import Annotated

import typer

from loftbox_cli.cli.noun import noun
from loftbox_cli.cli.output import Output
from loftbox_cli.cli.settings import settings

app = noun()


@app.command()
def serve(
    smtp_port: Annotated[str, typer.Option(metavar="PORT", help="Port for mail; 0 picks one.")] = "",
    http_port: Annotated[str, typer.Option(metavar="PORT", help="Port for the API; 0 picks one.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", "--jsonl", help="Say where it listens as JSON lines.")
    ] = False,
) -> None:
    """Run the gateway."""
    from loftbox_cli.daemon.run import run

    loaded = settings({"--smtp-port": ("smtp.port", smtp_port), "--http-port": ("http.port", http_port)})
    if as_json:
        run(loaded, _listening_json, lambda: _line(json.dumps({"event": "ready"})))
    else:
        run(loaded, _listening, lambda: None)


def _listening(name: str, host: str, port: int) -> None:
    _line(f"{name}\t{host or '*'}\t{port}")


def _listening_json(name: str, host: str, port: int) -> None:
    _line(json.dumps({"event": "listening", "name": name, "host": host, "port": port}))


def _line(text: str) -> None:
    out = Output.plain()
    out.block(text)
    out.stdout.flush()
