"""The files that are made from the program are what it gives now, and well formed."""

import re
from pathlib import Path

import pytest

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.tree import TABLE, Entry
from loftbox_cli.edge.config_file.settings import KINDS
from tests.manual.__main__ import ROOT, written
from tests.manual.command_words import COMMANDS
from tests.manual.settings_page import EXAMPLE, meanings

FOLDERS = (ROOT / "man/man1", ROOT / "man/man5", ROOT / "man/man7", ROOT / "config/completion")


def test_generated_files_are_fresh() -> None:
    files = written()
    there = {path for folder in FOLDERS for path in folder.iterdir()}
    stale = [path for path, text in files.items() if path not in there or path.read_text() != text]
    wrong = sorted(str(path.relative_to(ROOT)) for path in {*stale, *(there - files.keys())})
    assert wrong == [], "not what the program gives now; write them again: python -m tests.manual"


def test_every_command_has_a_page_and_every_page_a_command() -> None:
    names = {"loftbox", *(f"loftbox-{entry.name}" for entry in TABLE)}
    assert {path.stem for path in (ROOT / "man/man1").glob("*.1")} == names
    assert set(COMMANDS) == {entry.name for entry in TABLE}


@pytest.mark.parametrize("path", sorted((ROOT / "man").glob("*/*")), ids=lambda path: path.name)
def test_pages_name_only_pages_that_are_there(path: Path) -> None:
    named = re.findall(r"^\.Xr (loftbox\S*) (\d)", path.read_text(), re.MULTILINE)
    assert [
        f"{name}.{section}"
        for name, section in named
        if not (ROOT / f"man/man{section}/{name}.{section}").exists()
    ] == []


@pytest.mark.parametrize("entry", TABLE, ids=lambda entry: entry.name)
def test_a_page_says_what_each_exit_code_means(entry: Entry) -> None:
    text = (ROOT / f"man/man1/loftbox-{entry.name}.1").read_text()
    section = text.partition(".Sh EXIT STATUS")[2].partition(".Sh EXAMPLES")[0]
    assert re.findall(r"^\.It (\d+)$", section, re.MULTILINE) == [str(code.value) for code in ExitCode]


def test_every_setting_is_explained_beside_its_default() -> None:
    said = meanings(EXAMPLE.read_text())
    assert list(said) == list(KINDS)
    assert [key for key, text in said.items() if not text] == []
