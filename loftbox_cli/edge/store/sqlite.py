"""Which SQLite library serves the store, and how a connection is opened.

SQLite 3.7.0 to 3.51.2 can corrupt a WAL that two connections checkpoint at once.
Where the interpreter links such a version, the `pysqlite3` wheel brings a repaired
one; where there is no wheel, only the daemon's writer checkpoints.
"""

import sqlite3 as _bundled
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

REPAIRED = (3, 51, 3)


def _choose() -> ModuleType:
    if _bundled.sqlite_version_info >= REPAIRED:
        return _bundled
    try:
        import pysqlite3

        return pysqlite3  # type: ignore[no-any-return]  # it has no type information
    except ImportError:
        return _bundled


dbapi: Any = _choose()
IntegrityError: type[Exception] = dbapi.IntegrityError
DatabaseError: type[Exception] = dbapi.DatabaseError
OperationalError: type[Exception] = dbapi.OperationalError
# A statement that cannot be: the verb is at fault, and the file is sound.
STATEMENT_FAULTS: tuple[type[Exception], ...] = (IntegrityError, dbapi.ProgrammingError, dbapi.DataError)
VERSION: tuple[int, ...] = dbapi.sqlite_version_info
SAFE_WAL = VERSION >= REPAIRED

BUSY_TIMEOUT = 5_000  # ms that a writer waits for another process
STATEMENTS = 512  # more than the verbs have, so that each is compiled once
# Twice SQLite's own: a large mail is spread over half as many, and a small one changes as few.
PAGE_OCTETS = 8_192
CHECKPOINT_PAGES = 8_000  # few large checkpoints cost less than many small ones


def connect(path: Path, *, writes: bool, checkpoints: bool) -> Any:
    """Open the file as one connection that issues its own BEGIN and COMMIT.

    `synchronous=FULL` is the promise behind every 250 and 202: WAL with NORMAL loses
    what it acknowledged when the power fails.
    """
    connection = dbapi.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=STATEMENTS,
    )
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES if checkpoints else 0}")
        connection.execute("PRAGMA cache_size = -16384")
        if not writes:
            connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection
