"""A look at the store that ends in time, however large the store is."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from loftbox_cli.core.doctor.contents import QuickLook
from loftbox_cli.edge.store import file
from loftbox_cli.edge.store.sqlite import DatabaseError

MOST_FAULTS = 100
_STEPS = 1_000  # of SQLite between two questions whether the time is over


def quick_look(path: Path, *, seconds: float) -> QuickLook:
    """Recognise the store and look at its pages; raises what `open_reader` raises."""
    with closing(file.open_reader(path)) as connection:
        shape: int = connection.execute("PRAGMA user_version").fetchone()[0]
        try:
            with _stopped_after(seconds, connection):
                return QuickLook(shape, page_faults(connection, "quick_check"), finished=True)
        except DatabaseError as error:
            if "interrupted" in str(error):
                return QuickLook(shape, (), finished=False)
            return QuickLook(shape, (str(error),), finished=True)


def page_faults(connection: Any, pragma: str) -> tuple[str, ...]:
    """What SQLite finds wrong with the file; nothing when it says ok."""
    rows = [row[0] for row in connection.execute(f"PRAGMA {pragma}({MOST_FAULTS})")]
    return () if rows == ["ok"] else tuple(rows)


def wal_size(path: Path) -> int:
    """How many octets wait in the write-ahead log."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


@contextmanager
def _stopped_after(seconds: float, connection: Any) -> Iterator[None]:
    over = threading.Event()

    def stop() -> None:
        over.set()
        connection.interrupt()

    # An interrupt is heard by every version of SQLite, but only by a statement that runs already.
    connection.set_progress_handler(over.is_set, _STEPS)
    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
