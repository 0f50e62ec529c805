"""Where the mail programs are that the peer tests talk to.

`.ci/run` brings them and names the folder in MAIL_PEERS. Each mail server lies
there as its Debian package unpacks, in a folder of its own, because postfix,
exim4 and opensmtpd refuse to be installed beside each other. Without the
variable, what the machine has installed is used.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

FOLDER = "MAIL_PEERS"


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


def postfix_programs() -> PostfixPrograms | None:
    """Find Postfix in the peers' folder or on the machine."""
    roots = [Path("/")]
    if folder := os.environ.get(FOLDER):
        roots.insert(0, Path(folder) / "postfix")
    found = (PostfixPrograms(root) for root in roots)
    return next((programs for programs in found if (programs.daemons / "master").is_file()), None)


def wanted_postfix() -> PostfixPrograms:
    """Find Postfix, or end the test with the reason."""
    programs = postfix_programs()
    if programs is None:
        absent("postfix")
    if os.geteuid() != 0:
        # master(8) gives its daemons their own users, which only root may do.
        absent("root, without whom Postfix does not start")
    return programs


def wanted_program(name: str) -> str:
    """Find a program on the PATH, or end the test with the reason."""
    return shutil.which(name) or absent(name)


def absent(what: str) -> NoReturn:
    """Skip where nobody promised the peers; fail where somebody did."""
    if os.environ.get(FOLDER):
        pytest.fail(f"{FOLDER} is set, and yet there is no {what}")
    pytest.skip(f"needs {what}: run .ci/run as root on Debian, which brings the peers and runs all tests")
