"""A folder that a mail server takes for the whole machine.

Exim and OpenSMTPD have the places of their settings, queues and users built in.
Each runs below chroot(2) in a folder with a copy of its program and libraries, users
of its own, and no more, so it shares nothing with a mail server of the machine but
the loopback network.
"""

import os
import re
import select
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

PATIENCE = 20.0  # seconds for a server to begin or to end
USERS_FROM = 901  # below the numbers of people (Debian policy 9.2.2), and only a number outside the jail
DEVICES = {"null": 3, "urandom": 9}  # minor numbers of the memory devices


def make_jail(
    root: Path, programs: Mapping[str, Path], *, users: Iterable[str], folders: Iterable[str]
) -> None:
    """Fill `root`: each of `programs` at its path inside, a user and a group of each name, empty folders."""
    root.chmod(0o755)
    for inside, program in programs.items():
        for place, source in {inside: program, **libraries(program)}.items():
            copy = root / place.lstrip("/")
            copy.parent.mkdir(parents=True, exist_ok=True)
            if not copy.exists():
                shutil.copy(source, copy)
    for folder in ("dev", "etc", "tmp", *folders):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for name, minor in DEVICES.items():
        os.mknod(root / "dev" / name, stat.S_IFCHR | 0o666, os.makedev(1, minor))
        (root / "dev" / name).chmod(0o666)
    numbers = {"root": 0, **{user: number for number, user in enumerate(users, USERS_FROM)}}
    lines = [f"{user}:x:{number}:{number}::/:/bin/false\n" for user, number in numbers.items()]
    (root / "etc/passwd").write_text("".join(lines))
    (root / "etc/group").write_text("".join(f"{user}:x:{number}:\n" for user, number in numbers.items()))
    (root / "etc/hosts").write_text("127.0.0.1 localhost\n")


def give(root: Path, inside: str, user: str) -> None:
    """Make a user of the jail the owner of a folder inside."""
    for line in (root / "etc/passwd").read_text().splitlines():
        name, _, number, group, *_ = line.split(":")
        if name == user:
            os.chown(root / inside, int(number), int(group))


def libraries(program: Path) -> dict[str, Path]:
    """What the program is linked with, its loader included."""
    shown = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return {path: Path(path) for path in re.findall(r"(/\S+) \(0x", shown)}


def start(root: Path, command: Iterable[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a server inside; what it says goes into `log`."""
    with log.open("ab") as said:
        return subprocess.Popen(
            ["/usr/sbin/chroot", root, *command], stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={}
        )


def wait_for_port(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    """Wait until somebody listens on loopback. Raises RuntimeError with the log when the server gave up."""
    handle = os.pidfd_open(server.pid)
    until = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < until:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except ConnectionRefusedError:
                # Until it listens there is nothing to wait for but its end.
                if select.select([handle], [], [], 0.02)[0]:
                    break
    finally:
        os.close(handle)
    raise RuntimeError(f"{server.args!r} does not listen on port {port}:\n{log.read_text(errors='replace')}")


def stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask a server to end, and wait until it has."""
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
