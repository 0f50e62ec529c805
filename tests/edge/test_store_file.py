import contextlib
import re
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite as dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from loftbox_cli.core.errors import (
    AlreadyExists,
    BadConfiguration,
    DamagedStore,
    LoftBoxError,
    NewerStore,
    NotInitialised,
)
from loftbox_cli.edge.store import file, mail_tables, tables
from loftbox_cli.edge.store.sqlite import PAGE_OCTETS
from loftbox_cli.edge.store.upgrade import upgrade

OPENERS: tuple[Callable[[Path], object], ...] = (
    file.open_reader,
    lambda path: file.open_writer(path, alone=True),
    file.bring_up_to_date,
    upgrade,
)
SHAPE = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name"
USER_VERSION, APPLICATION_ID = 60, 68  # where the header of an SQLite file keeps them


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "folder" / "store.db"
    file.make(made)
    return made


def refused(kind: type[LoftBoxError], path: Path) -> LoftBoxError:
    """Every way to open the file refuses it with this error, and leaves it as it was."""
    before = path.read_bytes() if path.is_file() else None
    for opener in OPENERS:
        with pytest.raises(LoftBoxError) as caught:
            opener(path)
        assert caught.type is kind
        assert caught.value.fix
        assert str(path) in caught.value.fact
    assert (path.read_bytes() if path.is_file() else None) == before
    return caught.value


def patched(path: Path, place: int, octets: bytes) -> None:
    raw = bytearray(path.read_bytes())
    raw[place : place + len(octets)] = octets
    path.write_bytes(raw)


@pytest.mark.rule("F9")
def test_a_new_store_is_readable_by_its_owner_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_lies_beside_the_store_is_readable_by_its_owner_alone_too(path: Path) -> None:
    with contextlib.closing(file.open_writer(path, alone=True)) as connection:
        connection.execute("INSERT INTO facts VALUES ('a', 'b')")
        beside = [each for each in path.parent.iterdir() if each != path]
        assert {each.name for each in beside} == {"store.db-wal", "store.db-shm"}
        assert {stat.S_IMODE(each.stat().st_mode) for each in beside} == {0o600}


def test_a_store_is_made_once(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(AlreadyExists):
        file.make(path)
    assert path.read_bytes() == before


def test_a_file_of_somebody_else_is_not_made_a_store(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("dear diary\n" * 500)
    database = tmp_path / "database"
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE diary (day)")
    for path in (text, database, tmp_path):
        before = path.read_bytes() if path.is_file() else None
        with pytest.raises(AlreadyExists):
            file.make(path)
        assert (path.read_bytes() if path.is_file() else None) == before


def test_a_start_that_was_interrupted_can_be_made_again(tmp_path: Path) -> None:
    empty = tmp_path / "store.db"
    empty.touch()
    refused(NotInitialised, empty)
    file.make(empty)
    file.open_reader(empty).close()


def test_a_store_that_is_not_there_names_the_command_that_makes_one(tmp_path: Path) -> None:
    assert "loftbox init" in refused(NotInitialised, tmp_path / "store.db").fix
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    refused(BadConfiguration, tmp_path)


def test_a_text_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("dear diary\n" * 500)
    assert "backup" in refused(DamagedStore, path).fix


def test_the_database_of_another_program_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE diary (day)")
    refused(DamagedStore, path)


def test_a_store_without_our_mark_is_no_store(path: Path) -> None:
    patched(path, APPLICATION_ID, b"\0\0\0\1")
    refused(DamagedStore, path)


@pytest.mark.rule("F9")
def test_a_truncated_store_is_refused_with_the_way_to_restore(path: Path) -> None:
    whole = path.read_bytes()
    for length in (100, PAGE_OCTETS, len(whole) // 2, len(whole) - PAGE_OCTETS):
        path.write_bytes(whole[:length])
        assert "backup" in refused(DamagedStore, path).fix


@pytest.mark.rule("F9")
def test_a_damaged_first_page_is_refused_with_the_way_to_restore(path: Path) -> None:
    whole = path.read_bytes()
    for place, octets in ((0, b"\0" * 16), (100, b"\xff" * 3000), (16, b"\7\7")):
        path.write_bytes(whole)
        patched(path, place, octets)
        assert "backup" in refused(DamagedStore, path).fix


@pytest.mark.rule("F10")
def test_an_older_program_refuses_a_newer_store(path: Path) -> None:
    patched(path, USER_VERSION, (99).to_bytes(4))
    assert "99" in refused(NewerStore, path).fact


@pytest.mark.rule("F10")
def test_an_older_store_is_brought_up_to_date_in_one_transaction(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = file.migrations()
    monkeypatch.setattr(
        file, "migrations", lambda: [*scripts, "CREATE TABLE extra (a);\nCREATE TABLE more (b);\n"]
    )
    with pytest.raises(NewerStore, match=f"shape {len(scripts)}") as caught:
        file.open_reader(path)
    assert "loftbox serve" in caught.value.fix
    assert file.bring_up_to_date(path) == 1
    assert file.bring_up_to_date(path) == 0
    with contextlib.closing(file.open_reader(path)) as connection:
        assert connection.execute("SELECT count(*) FROM more").fetchone() == (0,)


@pytest.mark.rule("F10")
def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scripts = file.migrations()
    with monkeypatch.context() as patch:
        patch.setattr(
            file, "migrations", lambda: [*scripts, "CREATE TABLE extra (a);\nCREATE TABLE extra (a);\n"]
        )
        with pytest.raises(Exception, match="extra already exists"):
            file.bring_up_to_date(path)
    with contextlib.closing(file.open_reader(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(scripts),)
        assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (
            0,
        )


def test_the_migrations_make_exactly_the_schema_of_the_tables(path: Path) -> None:
    assert tables.AgentRow.metadata is mail_tables.MessageRow.metadata
    described: dict[str, str] = {}
    for table in mail_tables.MessageRow.metadata.sorted_tables:
        described[table.name] = str(CreateTable(table).compile(dialect=dialect.dialect()))
        for index in table.indexes:
            described[str(index.name)] = str(CreateIndex(index).compile(dialect=dialect.dialect()))
    with contextlib.closing(file.open_reader(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    # SQLModel knows no full-text index, nor the tables in which SQLite keeps it.
    made = {name: sql for name, sql in rows if not name.startswith(("sqlite_", "words"))}
    assert {name: _plain(sql) for name, sql in made.items()} == {
        name: _plain(sql) for name, sql in described.items()
    }


def _plain(sql: str) -> str:
    return re.sub(r"\s*([(),])\s*", r"\1", " ".join(sql.split()))
