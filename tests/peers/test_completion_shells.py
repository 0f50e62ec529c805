"""TAB in zsh and fish, with the files that we ship."""

import shutil
from pathlib import Path

import pytest

from tests.completing import FILES, completed
from tests.peers.programs import wanted_program

pytestmark = pytest.mark.peer


def test_zsh_completes_when_tab_is_first_pressed(tmp_path: Path) -> None:
    shutil.copy(FILES / "loftbox.zsh", tmp_path / "_loftbox")
    # Outside of its line editor zsh has no completion system; this one writes what it is offered.
    script = """
        fpath=(.)
        compdef() { }
        _arguments() { print -r -- "$@" }
        autoload -U _loftbox
        words=(loftbox dom) CURRENT=2
        _loftbox
    """
    (line,) = completed(wanted_program("zsh"), script, tmp_path)
    assert '"domain":"Domains that you proved to own"' in line


def test_fish_completes_what_was_begun(tmp_path: Path) -> None:
    script = f"source {FILES}/loftbox.fish; complete --do-complete 'loftbox dom'"
    assert completed(wanted_program("fish"), script, tmp_path) == ["domain\tDomains that you proved to own"]
