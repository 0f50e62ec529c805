"""Copies of a living store."""

import contextlib
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.errors import AlreadyExists, BadConfiguration, DamagedStore, DiskLow
from loftbox_cli.edge.store import backup, file
from loftbox_cli.edge.store.sqlite import OperationalError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "folder" / "store.db"
    file.make(made)
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder / "copy.db"


@contextlib.contextmanager
def busy(path: Path) -> Iterator[None]:
    """Somebody has written, and nothing of it is in the store's file yet."""
    with contextlib.closing(file.open_writer(path, alone=True)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("INSERT INTO facts VALUES ('a', 'b')")
        yield


def facts(path: Path) -> list[tuple[str, str]]:
    with contextlib.closing(file.open_reader(path)) as connection:
        found: list[tuple[str, str]] = connection.execute("SELECT * FROM facts").fetchall()
        return found


@pytest.mark.rule("F8")
def test_a_copy_holds_what_only_the_write_ahead_log_has(path: Path, target: Path) -> None:
    with busy(path):
        size = backup.back_up(path, target)
    assert facts(target) == [("a", "b")]
    assert size == target.stat().st_size


def test_a_copy_is_one_file_for_its_owner_alone(path: Path, target: Path) -> None:
    backup.back_up(path, target)
    assert list(target.parent.iterdir()) == [target]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_a_copy_is_made_while_somebody_writes(path: Path, target: Path) -> None:
    with contextlib.closing(file.open_writer(path, alone=True)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO facts VALUES ('not', 'committed')")
        backup.back_up(path, target)
        writer.execute("COMMIT")
    assert facts(target) == []


def test_a_copy_replaces_nothing(path: Path, target: Path) -> None:
    target.write_text("precious")
    with pytest.raises(AlreadyExists):
        backup.back_up(path, target)
    assert target.read_text() == "precious"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("name", ["copy.db.part", "copy.db-wal"])
def test_what_an_earlier_copy_left_is_not_touched(path: Path, target: Path, name: str) -> None:
    left = target.with_name(name)
    left.write_text("left")
    with pytest.raises(AlreadyExists, match=name):
        backup.back_up(path, target)
    assert list(target.parent.iterdir()) == [left]


def test_a_link_is_not_followed(path: Path, target: Path) -> None:
    target.symlink_to(path.parent / "elsewhere")
    with pytest.raises(AlreadyExists):
        backup.back_up(path, target)
    assert not (path.parent / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_the_callers_mistake(path: Path, target: Path) -> None:
    with pytest.raises(BadConfiguration, match="No such file"):
        backup.back_up(path, target.parent / "nowhere" / "copy.db")


def test_a_full_disk_leaves_nothing_behind(path: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(backup, "page_faults", full)
    with pytest.raises(DiskLow):
        backup.back_up(path, target)
    assert list(target.parent.iterdir()) == []


def test_a_damaged_store_gives_no_copy(path: Path, target: Path) -> None:
    damage(path)
    with pytest.raises(DamagedStore):
        backup.back_up(path, target)
    assert list(target.parent.iterdir()) == []


def test_a_copy_serves_as_the_store_again(path: Path, target: Path) -> None:
    with busy(path):
        backup.back_up(path, target)
    shutil.rmtree(path.parent)
    path.parent.mkdir()
    target.rename(path)
    with contextlib.closing(file.open_writer(path, alone=True)) as writer:
        writer.execute("INSERT INTO facts VALUES ('c', 'd')")
    assert facts(path) == [("a", "b"), ("c", "d")]


def damage(path: Path) -> None:
    """Overwrite the page that holds the first index of the table of agents."""
    with contextlib.closing(file.open_reader(path)) as connection:
        page = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_agents_2'"
        ).fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * size)
