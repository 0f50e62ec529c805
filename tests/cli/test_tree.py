import json
import os
import pty
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from loftbox_cli import __version__
from loftbox_cli.__main__ import run
from loftbox_cli.cli import config
from loftbox_cli.cli.tree import TABLE, build_tree

HEAVY = {
    "aiosmtplib", "asyncio", "cryptography", "dns", "fastapi", "httpx2", "keyring", "pydantic",
    "rich", "selectolax", "sqlalchemy", "sqlmodel", "ssl", "structlog", "uvicorn",
}  # fmt: skip
WRITTEN = [entry.name for entry in TABLE if find_spec(f"loftbox_cli.cli.{entry.name}")]


def imported(*words: str, environ: dict[str, str] | None = None) -> tuple[set[str], str]:
    """Run the command line in a process of its own; answer the top modules it imported, and its output."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "loftbox_cli", *words],
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {row.rpartition("|")[2].strip().split(".")[0] for row in rows}, done.stdout


def test_help_lists_every_command_and_imports_nothing_heavy() -> None:
    modules, text = imported("--help")
    assert not modules & HEAVY
    for entry in TABLE:
        assert f"  {entry.name} " in text
        assert entry.summary in text


@pytest.mark.parametrize("name", WRITTEN)
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    modules, text = imported(name, "--help")
    assert not modules & HEAVY
    assert text.startswith(f"Usage: loftbox {name}")


@pytest.mark.parametrize(
    ("words", "environ", "found"),
    [
        ("bash", {"COMP_WORDS": "loftbox con", "COMP_CWORD": "1"}, "config"),
        ("bash", {"COMP_WORDS": "loftbox --config x config ", "COMP_CWORD": "4"}, "check"),
        ("bash", {"COMP_WORDS": "loftbox config show --js", "COMP_CWORD": "3"}, "--jsonl"),
        ("zsh", {"_TYPER_COMPLETE_ARGS": "loftbox con"}, '"config":"Settings'),
        (
            "fish",
            {"_TYPER_COMPLETE_ARGS": "loftbox con", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
            "config\tSettings",
        ),
    ],
)
def test_completion_answers_and_imports_nothing_heavy(
    words: str, environ: dict[str, str], found: str
) -> None:
    modules, text = imported(environ={"_LOFTBOX_COMPLETE": f"complete_{words}", **environ})
    assert found in text
    assert not modules & HEAVY


def test_completion_of_a_first_word_opens_no_command() -> None:
    _, text = imported(
        environ={"_LOFTBOX_COMPLETE": "complete_bash", "COMP_WORDS": "loftbox ", "COMP_CWORD": "1"}
    )
    assert text.split() == [entry.name for entry in TABLE]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_is_given_its_completion(
    shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_LOFTBOX_COMPLETE", f"source_{shell}")
    with pytest.raises(SystemExit) as caught:
        run([])
    assert caught.value.code == 0
    assert "_LOFTBOX_COMPLETE=complete_" in capsys.readouterr().out


def test_a_command_is_opened_only_when_it_is_used() -> None:
    tree = build_tree()
    assert {type(command).__name__ for command in tree.commands.values()} == {"TyperCommand"}
    assert list(tree.commands) == [entry.name for entry in TABLE]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"loftbox {__version__}\n"


def test_a_typing_error_exits_2_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["confg", "show"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean 'config'?" in captured.err


def test_a_typing_error_is_json_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "show", "--json", "--xyzzy"]) == 2
    error = json.loads(capsys.readouterr().err)
    assert error["code"] == "usage"
    assert "--xyzzy" in error["fact"]


def test_no_command_shows_the_help_and_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 2
    assert "Usage: loftbox" in capsys.readouterr().err


def test_an_interrupt_exits_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(config, "settings", interrupted)
    assert run(["config", "show"]) == 130
    assert capsys.readouterr().err == ""


def test_a_reader_that_left_hears_no_complaint() -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    words = [sys.executable, "-m", "loftbox_cli", "config", "show"]
    done = subprocess.run(words, stdout=theirs, stderr=subprocess.PIPE, check=False)
    os.close(theirs)
    assert (done.returncode, done.stderr) == (0, b"")


def test_on_a_terminal_a_list_is_a_table_and_in_a_pipe_it_is_tabs(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "loftbox_cli", "config", "show", "--fields", "key,source"]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "XDG_CONFIG_HOME": str(tmp_path)}
    piped = subprocess.run(words, env=environ, capture_output=True, text=True, check=True).stdout
    assert piped.splitlines()[0] == "gateway.hostname\tdefault"
    ours, theirs = pty.openpty()
    with subprocess.Popen(words, env={**environ, "NO_COLOR": "1"}, stdout=theirs) as process:
        os.close(theirs)
        screen = b""
        try:
            while piece := os.read(ours, 4096):
                screen += piece
        except OSError:  # a pseudo-terminal ends with EIO on Linux
            pass
        os.close(ours)
    assert process.returncode == 0
    assert screen.decode().splitlines()[0].split() == ["key", "source"]
    assert b"\x1b" not in screen
