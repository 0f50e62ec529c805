"""A copy of a living store, by SQLite's online backup.

All pages are copied in one read, so that the copy is one moment of the store and the
gateway's commits do not make it begin again. A copy of the file alone would miss what
lies in the write-ahead log. The copy gets its name only when it is whole, looked
through and on the disk.
"""

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from loftbox_cli.core.errors import AlreadyExists, BadConfiguration, DamagedStore
from loftbox_cli.edge.store import file
from loftbox_cli.edge.store.faults import in_our_words
from loftbox_cli.edge.store.quick_look import page_faults
from loftbox_cli.edge.store.sqlite import DatabaseError, dbapi


def back_up(path: Path, target: Path) -> int:
    """Copy the store at `path` to the new file `target`, and answer its size.

    Raises AlreadyExists rather than replace anything, and leaves nothing behind when it fails.
    """
    with closing(file.open_reader(path)) as source:
        _keep(source, target)
    return target.stat().st_size


def back_up_older(path: Path) -> Path:
    """Copy a store of an earlier shape to a file beside it, named after its shape, and answer which.

    A copy that an interrupted start left is made again. Only the holder of the daemon's lock may
    call this. Raises DiskLow when there is no room for it.
    """
    source, shape = file.open_as_it_is(path)
    with closing(source):
        target = path.with_name(f"{path.stem}.shape-{shape}{path.suffix}")
        for left in (target, _unfinished(target)):
            _remove(left)
        _keep(source, target)
    return target


def _unfinished(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _keep(source: Any, target: Path) -> None:
    """Make `target` the copy of `source`, or leave nothing."""
    unfinished = _unfinished(target)
    _refuse_log(target)
    _reserve(target)
    try:
        _reserve(unfinished)
        try:
            _copy(source, unfinished)
            unfinished.replace(target)
        except BaseException:
            _remove(unfinished)
            raise
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _reserve(path: Path) -> None:
    """Make an empty file for our eyes alone, which nobody else made before."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    except FileExistsError:
        raise AlreadyExists(f"{path} exists already", fix="name a new file, or move this one away") from None
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be written: {error.strerror}", fix="name a file in a folder that you may write"
        ) from error


def _refuse_log(path: Path) -> None:
    """SQLite would take a write-ahead log that an earlier file of this name left for the new one's."""
    log = path.with_name(f"{path.name}-wal")
    if os.path.lexists(log):
        raise AlreadyExists(f"{log} of another store is there", fix="name a new file, or move that one away")


def _copy(source: Any, target: Path) -> None:
    try:
        with closing(dbapi.connect(str(target), isolation_level=None)) as copy:
            source.backup(copy)
            faults = page_faults(copy, "quick_check")
    except DatabaseError as error:
        raise in_our_words(error) from error
    if faults:
        raise DamagedStore(
            f"the store is damaged, and so would be its copy: {faults[0]}", fix="loftbox db check tells more"
        )
    _sync(target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    """Take away what was begun, and what SQLite may have put beside it."""
    for suffix in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
