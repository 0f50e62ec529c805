"""What is judged about files: whose they are, and who else may read or change them.

Root may do everything anyway, so settings and a TLS key may be root's; what lies in
the store must be the gateway's own, or it could not write it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from loftbox_cli.core.doctor.check import Check, Health

ROOT = "root"


class Guard(Enum):
    """How closed a file has to be: the permission bits that it may not have."""

    OURS = 0o077  # the store and the master key: nobody else
    TLS_KEY = 0o027  # a group may read it, as Debian's ssl-cert does
    SETTINGS = 0o022  # no secrets, and nobody else may change them


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file or folder: its permission bits, its owner's name, and how closed it has to be."""

    path: str
    mode: int
    owner: str
    guard: Guard


def judge_files(files: Iterable[FileSeen], *, owner: str) -> Iterator[Check]:
    """Judge each file; `owner` is whose the store is. What is in order is told in one line."""
    good = 0
    for file in files:
        faults = list(_faults(file, owner))
        yield from faults
        good += not faults
    if good:
        yield Check("files", Health.OK, f"the owners and modes of {good} files are right")


def _faults(file: FileSeen, owner: str) -> Iterator[Check]:
    owners = (owner,) if file.guard is Guard.OURS else (owner, ROOT)
    if file.owner not in owners:
        yield Check(
            "files",
            Health.WRONG,
            f"{file.path} belongs to {file.owner}, and the store to {owner}",
            f"chown {owners[-1]} {file.path}",
        )
    if file.mode & file.guard.value:
        yield Check(
            "files",
            Health.WRONG,
            f"others may {'change' if file.guard is Guard.SETTINGS else 'use'} {file.path}: "
            f"its mode is {file.mode:04o}",
            f"chmod {_fewer(file.guard)} {file.path}",
        )


def _fewer(guard: Guard) -> str:
    return {Guard.OURS: "go=", Guard.TLS_KEY: "g-w,o=", Guard.SETTINGS: "go-w"}[guard]
