"""TAB in bash, with the file that we ship. zsh and fish are asked where .ci/run brings them."""

from pathlib import Path

import pytest

from tests.completing import FILES, completed


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("loftbox dom", ["domain"]),
        ("loftbox domain ver", ["verify"]),
        ("loftbox mailbox create --ov", ["--oversight"]),
        ("loftbox --config other.toml config ", ["show", "path", "check"]),
        ("loftbox nothing", []),
    ],
)
def test_bash_completes_what_was_begun(typed: str, offered: list[str], tmp_path: Path) -> None:
    words = " ".join(f'"{word}"' for word in typed.split(" "))
    script = f"""
        source {FILES}/loftbox.bash
        COMP_WORDS=({words}) COMP_CWORD=$(( {len(typed.split(" "))} - 1 ))
        "$(complete -p loftbox | sed 's/.*-F \\([^ ]*\\).*/\\1/')" loftbox
        [ ${{#COMPREPLY[@]}} -eq 0 ] || printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    assert completed("bash", script, tmp_path) == offered
