"""The store's file: made, recognised, brought up to date, opened.

`application_id` says that a file is ours, `user_version` which shape it has. A
newer shape than this program knows is refused; an older one is copied, and then
migrated in one transaction, under the daemon's lock.
"""

from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any

from loftbox_cli.core.errors import (
    AlreadyExists,
    BadConfiguration,
    DamagedStore,
    LoftBoxError,
    NewerStore,
    NotInitialised,
    StoreBusy,
)
from loftbox_cli.edge.store.sqlite import PAGE_OCTETS, SAFE_WAL, DatabaseError, connect

APPLICATION_ID = 0x4C6F6674  # "Loft"

RESTORE = "restore the last backup in its place, or name another file in [store] path"


def migrations() -> list[str]:
    """The scripts that make and change the store, in order; they are only ever added to."""
    folder = resources.files("loftbox_cli.edge.store") / "migrations"
    scripts = sorted(
        (entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda e: e.name
    )
    return [script.read_text(encoding="utf-8") for script in scripts]


def make(path: Path) -> None:
    """Make a new, empty store, readable by its owner alone; raises AlreadyExists.

    A file without tables, such as an interrupted start leaves, is filled.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    taken = AlreadyExists(f"there is already a store at {path}", fix="loftbox status shows what is in it")
    try:
        connection = connect(path, writes=True, checkpoints=True)
    except DatabaseError:
        raise taken from None
    with closing(connection):
        if not _is_blank(connection):
            raise taken
        connection.execute(f"PRAGMA page_size = {PAGE_OCTETS}")  # it cannot be changed once there is a WAL
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        _migrate(connection, 0)


def open_writer(path: Path, *, alone: bool) -> Any:
    """Open for writing. `alone` says that this process holds the daemon's lock."""
    return _opened(path, writes=True, checkpoints=alone or SAFE_WAL)


def open_reader(path: Path) -> Any:
    """Open for reading only."""
    return _opened(path, writes=False, checkpoints=False)


def open_as_it_is(path: Path) -> tuple[Any, int]:
    """Open a store of this shape or an earlier one for reading only, and answer its shape beside it."""
    return _recognised(path, writes=False, checkpoints=False)


def is_behind(path: Path) -> bool:
    """Say whether the store has an earlier shape than this program needs."""
    connection, version = open_as_it_is(path)
    connection.close()
    return version < len(migrations())


def bring_up_to_date(path: Path) -> int:
    """Run the migrations that the store lacks, in one transaction; answers how many ran.

    Only the holder of the daemon's lock may call this.
    """
    connection, version = _recognised(path, writes=True, checkpoints=True)
    with closing(connection):
        return _migrate(connection, version)


def _opened(path: Path, *, writes: bool, checkpoints: bool) -> Any:
    connection, version = _recognised(path, writes=writes, checkpoints=checkpoints)
    if version < len(migrations()):
        connection.close()
        raise NewerStore(
            f"the store at {path} has shape {version}, this LoftBox needs {len(migrations())}",
            fix="start loftbox serve once: it brings the store up to date",
        )
    return connection


def _recognised(path: Path, *, writes: bool, checkpoints: bool) -> tuple[Any, int]:
    """A connection and the shape of the store; raises what is wrong with the file."""
    missing = NotInitialised(f"there is no store at {path}", fix="loftbox init makes one")
    if not path.exists():
        raise missing
    try:
        connection = connect(path, writes=writes, checkpoints=checkpoints)
    except DatabaseError as error:
        raise _unreadable(path, error) from error
    try:
        if _is_blank(connection):
            raise missing
        return connection, _shape(path, connection)
    except DatabaseError as error:
        connection.close()
        raise _unreadable(path, error) from error
    except BaseException:
        connection.close()
        raise


def _unreadable(path: Path, error: Exception) -> LoftBoxError:
    words = str(error)
    if "locked" in words:
        return StoreBusy(f"another process holds the store at {path}", fix="try again in a moment")
    if "unable to open" in words:
        return BadConfiguration(
            f"the store at {path} cannot be opened",
            fix="it has to be a file that this user may read and write, in a folder likewise",
        )
    return DamagedStore(f"the file {path} is not a readable store: {words}", fix=RESTORE)


def _is_blank(connection: Any) -> bool:
    return not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]


def _shape(path: Path, connection: Any) -> int:
    """The shape of the store; raises DamagedStore or NewerStore."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    if application != APPLICATION_ID or version == 0 or mode != "wal":
        raise DamagedStore(f"the file {path} is not a LoftBox store", fix=RESTORE)
    if version > len(migrations()):
        raise NewerStore(
            f"a newer LoftBox wrote the store at {path}: shape {version}, this one knows {len(migrations())}",
            fix="install that version again, or restore a backup that is older than the upgrade",
        )
    return version


def _migrate(connection: Any, version: int) -> int:
    from loftbox_cli.edge.store import schema  # late: it loads SQLModel

    missing = migrations()[version:]
    connection.execute("BEGIN IMMEDIATE")
    for script in missing:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version + len(missing)}")
    schema.check(connection)
    connection.execute("COMMIT")
    return len(missing)
