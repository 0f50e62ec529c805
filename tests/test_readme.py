"""What README and CHANGELOG show is what happens: their commands are typed, one after the other.

Two forms are read. An indented block is typed line by line: the `loftbox` lines, and
`curl`, which asks a gateway that runs. A fenced block of the kind `console` has its
commands after `$ ` and beneath each what it writes, where … stands for anything.
The two commands at the top of README, which install, are not typed here.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from loftbox_cli.cli.exit_codes import ExitCode
from tests.typed import Terminal, opened_terminal

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md"]
INIT = "loftbox init --hostname mx.example.com --operator anna@example.com"

_KEY = re.compile(r"lb_live_\w+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A command of a document, and what it should write; "" where the document does not say."""

    command: str
    output: str = ""


def shown(text: str) -> Iterator[Shown]:
    """Read the commands of a document."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            yield Shown(command, output)
    joined = re.sub(r" \\\n\s+", " ", text)
    for line in re.findall(r"^ {4}((?:loftbox|curl) .*)$", joined, re.MULTILINE):
        yield Shown(line)


def alike(output: str, wanted: str) -> bool:
    """Compare, … standing for anything."""
    return re.fullmatch(".*".join(map(re.escape, wanted.split("…"))), output, re.DOTALL) is not None


@contextmanager
def gateway() -> Iterator[int]:
    """Run the gateway of this terminal; answer the port of its API."""
    with subprocess.Popen(
        [sys.executable, "-m", "loftbox_cli", "serve", "--json", "--smtp-port", "0", "--http-port", "0"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "LOFTBOX_SMTP_HOST": "127.0.0.1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        ports = {}
        for line in process.stdout:
            said = json.loads(line)
            if said["event"] == "ready":
                break
            ports[said["name"]] = said["port"]
        try:
            yield ports["http"]
        finally:
            process.terminate()
            assert process.wait(timeout=60) == 0


def asked(command: str, port: int, key: str) -> int:
    """Do what a curl command does, at a gateway on loopback; answer the status."""
    words = shlex.split(command.replace("$LOFTBOX_KEY", key))
    url = next(word for word in words if word.startswith("https://"))
    given = {flag: [words[at + 1] for at, word in enumerate(words) if word == flag] for flag in ("-H", "-d")}
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    headers = dict(header.split(": ", 1) for header in given["-H"])
    connection.request("POST", urlsplit(url).path, given["-d"][0], headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def follow(text: str, terminal: Terminal) -> None:
    """Do what a document says, from its first command to its last."""
    key = ""
    for each in shown(text):
        if each.command.startswith("curl "):
            with gateway() as port:
                assert asked(each.command, port, key) == 202
            continue
        screen = terminal.type(each.command)
        assert not each.output or alike(screen, each.output), f"$ {each.command}\n{screen}"
        if found := _KEY.search(screen):
            key = found[0]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_says_works(path: Path, tmp_path: Path) -> None:
    with opened_terminal(tmp_path) as terminal:
        shutil.copy(ROOT / "config/policies/support.toml", terminal.world.home)
        terminal.type(INIT)
        follow(path.read_text(), terminal)


def test_the_readme_shows_the_way_from_a_domain_to_an_approval() -> None:
    commands = [each.command for each in shown((ROOT / "README.md").read_text())]
    steps = ("domain add", "domain verify", "mailbox create", "key create", "curl", "approvals approve")
    places = [next(at for at, command in enumerate(commands) if step in command) for step in steps]
    assert places == sorted(places)


def test_a_document_that_shows_another_output_is_found_out(tmp_path: Path) -> None:
    text = "```console\n$ loftbox --version\nloftbox {}\n```\n"
    with opened_terminal(tmp_path) as terminal:
        follow(text.format("…"), terminal)
        with pytest.raises(AssertionError, match="loftbox --version"):
            follow(text.format("0.0.0"), terminal)


def test_the_readme_names_every_exit_code() -> None:
    told = re.search(r"Exit codes: (.*?)\.\n", (ROOT / "README.md").read_text(), re.DOTALL)
    assert told is not None
    assert re.findall(r"\b\d+\b", told[1]) == [str(code.value) for code in ExitCode]
