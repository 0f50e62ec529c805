"""One daemon for one store.

The lock is flock(2) on a file that stays: the kernel lets it go when its owner
dies, however that happens. The number written inside is for people only. A second
lock says that the owner's disk has failed, which could not be written down.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from loftbox_cli.core.errors import AlreadyRunning, BadConfiguration

FILE = "loftbox.lock"
FAILED_FILE = "failed.lock"


class StoreLock:
    """Holds the store in `folder` for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        self._handle = _opened(folder / FILE)
        if not _take(self._handle):
            owner = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise AlreadyRunning(
                f"another LoftBox (process {owner or 'unknown'}) owns the store in {folder}",
                fix="stop it first, or name another store with [store] path",
            )
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
        self._failed = _opened(folder / FAILED_FILE)

    def tell_failure(self) -> None:
        """Say to whoever asks that the disk has failed, until this process ends."""
        _take(self._failed)

    def close(self) -> None:
        """Let the store go; the files stay, so that nobody locks a name that was unlinked."""
        os.close(self._failed)
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def is_owned(folder: Path) -> bool:
    """Say whether a daemon holds the store in `folder`. Asking keeps none from starting."""
    return _is_locked(folder / FILE)


def has_failed(folder: Path) -> bool:
    """Say whether the daemon that holds the store in `folder` has seen its disk fail."""
    return _is_locked(folder / FAILED_FILE)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be opened: {error.strerror}",
            fix="the folder of the store has to belong to the user who runs LoftBox",
        ) from error


def _is_locked(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False  # nobody ever held it, or nobody may look
    try:
        return _is_taken(handle)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    """Take the lock unless an owner has it; those who only ask are gone in an instant."""
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if _is_taken(handle):
                return False
        else:
            return True


def _is_taken(handle: int) -> bool:
    """Ask by sharing the lock, which only an owner forbids."""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(handle, fcntl.LOCK_UN)
    return False
