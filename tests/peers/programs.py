"""Where the mail programs are that the peer tests talk to.

`.ci/run` brings them and names the folder in MAIL_PEERS. Each mail server lies
there as its Debian package unpacks, in a folder of its own, because postfix,
exim4 and opensmtpd refuse to be installed beside each other; nsd, unbound and
opendkim lie there because as packages they would start. Without the variable, what
the machine has installed is used.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

FOLDER = "MAIL_PEERS"
MASTER = "usr/lib/postfix/sbin/master"


@dataclass(frozen=True, slots=True)
class PostfixPrograms:
    """One Postfix, installed or unpacked."""

    root: Path

    @property
    def daemons(self) -> Path:
        return self.root / "usr/lib/postfix/sbin"

    @property
    def commands(self) -> Path:
        return self.root / "usr/sbin"

    @property
    def libraries(self) -> Path:
        return self.root / "usr/lib/postfix"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its programs; an unpacked one looks for its libraries elsewhere."""
        return os.environ | {"LD_LIBRARY_PATH": str(self.libraries)}


def root_of(name: str, program: str) -> Path | None:
    """Find the folder in which a mail server lies as its package unpacks, or the machine itself."""
    roots = [Path("/")]
    if folder := os.environ.get(FOLDER):
        roots.insert(0, Path(folder) / name)
    return next((root for root in roots if (root / program).is_file()), None)


def wanted_root(name: str, program: str) -> Path:
    """Find a mail server, or end the test with the reason."""
    root = root_of(name, program)
    if root is None:
        absent(name)
    if os.geteuid() != 0:
        # Each gives its daemons users of their own, which only root may do.
        absent(f"root, without whom {name} does not start")
    return root


def postfix_programs() -> PostfixPrograms | None:
    """Find Postfix in the peers' folder or on the machine."""
    root = root_of("postfix", MASTER)
    return None if root is None else PostfixPrograms(root)


def wanted_postfix() -> PostfixPrograms:
    """Find Postfix, or end the test with the reason."""
    return PostfixPrograms(wanted_root("postfix", MASTER))


def wanted_program(name: str) -> str:
    """Find a program on the PATH, or end the test with the reason."""
    return shutil.which(name) or absent(name)


def absent(what: str) -> NoReturn:
    """Skip where nobody promised the peers; fail where somebody did."""
    if os.environ.get(FOLDER):
        pytest.fail(f"{FOLDER} is set, and yet there is no {what}")
    pytest.skip(f"needs {what}: run .ci/run as root on Debian, which brings the peers and runs all tests")
