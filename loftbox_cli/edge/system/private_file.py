"""Files that only their owner may read: made so, and refused when they are not so."""

import os
import stat
from pathlib import Path

from loftbox_cli.core.errors import AlreadyExists, BadConfiguration


def write_private(path: Path, content: bytes) -> None:
    """Make a new file of mode 0600 and return when it is on the disk; raises AlreadyExists."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise AlreadyExists(f"{path} exists already", fix="keep it, or move it away first") from None
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be written: {error.strerror}",
            fix="its folder has to belong to the user who runs LoftBox",
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        # The name of a new file is durable only with its folder: fsync(2).
        os.fsync(folder)
    finally:
        os.close(folder)


def read_private(path: Path, *, most: int = 65_536) -> bytes:
    """Read a small secret file; raises BadConfiguration when others may read it too."""
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise BadConfiguration(
                    f"{path} may be used by others: its mode is {stat.S_IMODE(status.st_mode):04o}",
                    fix=f"run: chmod 600 {path}",
                )
            return file.read(most)
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be read: {error.strerror}",
            fix="name a file that this user may read, with mode 0600",
        ) from error
