"""A store that an earlier LoftBox wrote."""

import contextlib
import stat
from pathlib import Path

import pytest

from loftbox_cli.core.errors import DiskLow
from loftbox_cli.edge.store import backup, file
from loftbox_cli.edge.store.sqlite import OperationalError, connect
from loftbox_cli.edge.store.upgrade import upgrade

SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store of the first shape, with one mail in it."""
    path = tmp_path / "loftbox.db"
    path.touch()
    with contextlib.closing(connect(path, writes=True, checkpoints=True)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {file.APPLICATION_ID}")
        connection.executescript(file.migrations()[0])
        connection.execute("INSERT INTO blobs VALUES ('b', x'00')")
        connection.execute(
            """INSERT INTO arrivals VALUES
            ('req_1', 'read', 1, '', '', '', '', '[]', 'b', 1, '', 0, 'f', NULL, 0, 0)"""
        )
        connection.execute("PRAGMA user_version = 1")
    return path


def mail(path: Path) -> tuple[int, list[tuple[str, str]]]:
    """The shape of the store, and the mail in it."""
    connection, shape = file.open_as_it_is(path)
    with contextlib.closing(connection):
        return shape, connection.execute("SELECT request_id, blob FROM arrivals").fetchall()


@pytest.mark.rule("F10")
def test_it_gets_the_shape_of_a_new_one_and_keeps_its_mail(old: Path, tmp_path: Path) -> None:
    upgrade(old)
    assert mail(old) == (len(file.migrations()), [("req_1", "b")])
    new = tmp_path / "new.db"
    file.make(new)
    with (
        contextlib.closing(file.open_reader(old)) as grown,
        contextlib.closing(file.open_reader(new)) as made,
    ):
        assert grown.execute(SHAPE).fetchall() == made.execute(SHAPE).fetchall()


@pytest.mark.rule("F10")
def test_it_is_kept_as_it_was_in_a_copy_for_its_owner_alone(old: Path) -> None:
    kept = upgrade(old)
    assert kept == old.with_name("loftbox.shape-1.db")
    assert mail(kept) == (1, [("req_1", "b")])
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.rule("F10")
def test_a_store_of_this_shape_is_not_copied(old: Path) -> None:
    upgrade(old)
    before = {each: each.stat().st_mtime_ns for each in old.parent.glob("*.shape-*")}
    assert upgrade(old) is None
    assert {each: each.stat().st_mtime_ns for each in old.parent.glob("*.shape-*")} == before


@pytest.mark.rule("F10")
def test_a_copy_that_an_interrupted_start_left_is_made_again(old: Path) -> None:
    for left in ("loftbox.shape-1.db", "loftbox.shape-1.db.part"):
        old.with_name(left).write_bytes(b"half")
    kept = upgrade(old)
    assert kept
    assert mail(kept) == (1, [("req_1", "b")])
    assert not old.with_name("loftbox.shape-1.db.part").exists()


@pytest.mark.rule("F10")
def test_without_room_for_the_copy_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(backup, "page_faults", full)
    with pytest.raises(DiskLow):
        upgrade(old)
    assert mail(old) == (1, [("req_1", "b")])
    assert not list(old.parent.glob("*.shape-*"))
