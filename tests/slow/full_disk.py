"""Fill the disk under a gateway that takes mail, make room again, and see that nothing was lost.

    python -m tests.slow.full_disk [--times 3]

The store lies on a small tmpfs: as root it is mounted, for anybody else in a user and mount
namespace (`unshare -rm`). Each time the disk is filled while mail comes in; then a sender has to
hear 452 or 451 and never 5yz, what is stored can be read, and once there is room again the same
daemon takes mail. In the end every mail that got its 250 is there, once, byte for byte.

It runs the gateway as it ships, which stops while there is room left, and one that goes on
until SQLite finds the disk full (`unreserved.py`). It ends with 1 when something was not so,
and takes about half a minute.
"""

import argparse
import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from loftbox_cli.core.message import Direction
from loftbox_cli.edge.system.disk import LEAST_FREE
from loftbox_cli.services.tx import ArrivalState, Tx
from tests.serve.gateway import Gateway, new_gateway
from tests.serve.prepared import FREE, prepare
from tests.serve.smtp_client import connected

MIB = 1024 * 1024
FILLING = b"Thank you, see you on Friday.\r\n" * 500
MANY = 200  # mails, among which a full disk has to show
PATIENCE = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Kind:
    """A gateway, the octets of its disk, and those that are left to it when the disk is filled."""

    module: str
    size: int
    left: int


# There has to be room for the write-ahead log too, of 64 MiB before its first checkpoint.
KINDS = (
    Kind("loftbox_cli", LEAST_FREE + 256 * MIB, LEAST_FREE - MIB),
    Kind("tests.slow.unreserved", 256 * MIB, 0),
)


class Ballast:
    """A file that takes the room away."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._file = root / "ballast"

    def fill(self, left: int) -> None:
        """Leave only so many octets."""
        status = os.statvfs(self._root)
        with self._file.open("ab", buffering=0) as file:
            try:
                while (more := status.f_bavail * status.f_frsize - left) > 0:
                    file.write(bytes(min(more, MIB)))
                    status = os.statvfs(self._root)
            except OSError:
                pass  # full to the last octet: another writer took what was counted

    def remove(self) -> None:
        self._file.unlink()


@dataclass
class Sender:
    """Brings mail of its own, one after the other, and keeps what was promised."""

    gateway: Gateway
    promised: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    _number: int = 0

    async def bring(self) -> bool:
        """Bring the next mail; True when it was taken."""
        self._number += 1
        raw = f"From: a@peer.test\r\nSubject: {self._number}\r\n\r\n".encode() + FILLING
        async with connected(self.gateway.smtp) as client:
            reply = await client.message("a@peer.test", FREE, raw)
            if reply.startswith("250 "):
                self.promised[hashlib.sha256(raw).hexdigest()] = raw
            else:
                self.others.append(reply)
                assert (await client.ask("NOOP")).startswith("250 "), "the session ended with the refusal"
        return reply.startswith("250 ")

    async def until(self, taken: bool) -> None:
        """Bring mail until one is taken, or none is any more."""
        async with asyncio.timeout(PATIENCE):
            while await self.bring() is not taken:
                if taken:
                    await asyncio.sleep(0.1)


async def told(kind: Kind, root: Path, times: int) -> list[str]:
    """Fill the disk of one gateway so many times; what was not as it should be."""
    gateway = new_gateway(root)
    gateway.module = kind.module
    made = await gateway.run("init")
    assert made.code == 0, made.err
    with gateway.opened(alone=True) as loftbox:
        prepare(loftbox)
    ballast, sender, wrong = Ballast(root), Sender(gateway), []
    try:
        daemon = await gateway.start()
        for _ in range(times):
            for _ in range(MANY // times):
                await sender.bring()
            ballast.fill(kind.left)
            await sender.until(taken=False)
            for _ in range(10):
                await sender.bring()
            if (read := await gateway.run("mailbox", "list")).code:
                wrong.append(f"a full disk cannot be read from: {read.err}")
            ballast.remove()
            await sender.until(taken=True)
        async with asyncio.timeout(PATIENCE):
            while gateway.glance(unread):  # noqa: ASYNC110 - another process reads, and has no event for us
                await asyncio.sleep(0.2)
        if code := await daemon.stop():
            wrong.append(f"the daemon ended with {code}")
        wrong += gateway.glance(missing, sender.promised)
    finally:
        await gateway.close()
    wrong += [f"a sender heard {reply}" for reply in sender.others if reply[:4] not in ("452 ", "451 ")]
    heard = ", ".join(f"{sender.others.count(reply)} x {reply}" for reply in sorted(set(sender.others)))
    sys.stdout.write(f"{kind.module}: {len(sender.promised)} mails promised; {heard}; {len(wrong)} faults\n")
    sys.stdout.flush()
    return wrong


def unread(tx: Tx) -> int:
    """How many mails are still to be read."""
    return tx.arrivals.count(state=ArrivalState.ACCEPTED)


def missing(tx: Tx, promised: dict[str, bytes]) -> list[str]:
    """What became of the mails that got their 250."""
    wrong = []
    stored = [message.blob for message in tx.messages.all(direction=Direction.INBOUND)]
    for blob, raw in promised.items():
        if stored.count(blob) != 1:
            wrong.append(f"{blob} is there {stored.count(blob)} times")
        elif tx.raw(blob) != raw:
            wrong.append(f"{blob} has other octets")
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="how often the disk is filled")
    given = parser.parse_args()
    if os.geteuid() != 0:
        again = [sys.executable, "-m", "tests.slow.full_disk", *sys.argv[1:]]
        os.execvp("unshare", ["unshare", "-rm", *again])  # noqa: S606 - it is this program
    wrong: list[str] = []
    for kind in KINDS:
        with tempfile.TemporaryDirectory(prefix="loftbox-full-") as folder:
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kind.size}", "tmpfs", folder], check=True)
            try:
                wrong += asyncio.run(told(kind, Path(folder), given.times))
            finally:
                subprocess.run(["umount", folder], check=True)
    sys.stdout.write("".join(f"  {each}\n" for each in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
