"""`loftbox init` as a process: it makes everything, or nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

INIT = ("init", "--hostname", "mx.example.com", "--operator", "anna@example.com")
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def program(home: Path, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "loftbox_cli", *words],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("left", [False, True], ids=["no file", "an empty file of an interrupted start"])
def test_an_init_that_fails_leaves_nothing_and_the_next_one_makes_the_store(
    tmp_path: Path, left: bool
) -> None:
    store = tmp_path / ".local/share/loftbox"
    if left:
        store.mkdir(mode=0o700, parents=True)
        (store / "loftbox.db").touch(0o600)
    failed = program(tmp_path, *INIT, "--keyring", **NO_KEYRING)
    assert (failed.returncode, failed.stderr.splitlines()) == (
        78,
        ["the keyring takes no key: NoKeyringError", "leave the keyring out: a file is made"],
    )
    assert not [path.name for path in store.iterdir() if path.stat().st_size and path.suffix != ".lock"]
    assert not (tmp_path / ".config").exists()
    assert program(tmp_path, *INIT).returncode == 0
    assert program(tmp_path, "webhook", "list").returncode == 0


def test_an_init_beside_a_store_changes_nothing(tmp_path: Path) -> None:
    program(tmp_path, *INIT)
    store = tmp_path / ".local/share/loftbox"
    before = {path.name: path.read_bytes() for path in store.iterdir()}
    again = program(tmp_path, "init")
    assert (again.returncode, "there is already a store" in again.stderr) == (5, True)
    assert {path.name: path.read_bytes() for path in store.iterdir()}.keys() == before.keys()
    assert (store / "master.key").read_bytes() == before["master.key"]


def test_a_master_key_without_a_store_is_kept(tmp_path: Path) -> None:
    key = tmp_path / ".local/share/loftbox/master.key"
    key.parent.mkdir(mode=0o700, parents=True)
    key.write_bytes(b"k" * 32)
    refused = program(tmp_path, *INIT)
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (5, f"{key} exists already")
    assert {path.name for path in key.parent.iterdir() if path.suffix != ".lock"} == {"master.key"}
    assert key.read_bytes() == b"k" * 32
