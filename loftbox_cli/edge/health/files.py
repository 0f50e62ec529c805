"""Whose a file is, and what its mode says."""

import pwd
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from loftbox_cli.core.doctor.files import ROOT, FileSeen, Guard


def see_files(paths: Iterable[Path], guard: Guard) -> Iterator[FileSeen]:
    """Look at each file or folder that is there."""
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            continue
        yield FileSeen(str(path), stat.S_IMODE(status.st_mode), _name(status.st_uid), guard)


def owner_of(path: Path) -> str:
    """The name of the user to whom `path` belongs."""
    return _name(path.stat().st_uid)


def _name(user: int) -> str:
    if user == 0:
        return ROOT
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"#{user}"
