"""`loftbox` as it must never be: its store does not wait for the disk.

    python -m tests.slow.careless serve ...

The power cut needs a gateway that loses mail, to show that it would see a loss.
"""

from pathlib import Path
from typing import Any

from loftbox_cli.edge.store import sqlite

careful = sqlite.connect


def connect(path: Path, *, writes: bool, checkpoints: bool) -> Any:
    connection = careful(path, writes=writes, checkpoints=checkpoints)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


if __name__ == "__main__":
    sqlite.connect = connect
    from loftbox_cli.__main__ import main  # only now: the store takes `connect` by its name

    main()
