"""An ext4 of its own on a loop device, whose power can be cut.

The cut is the file system's own (EXT4_IOC_SHUTDOWN without a flush of the journal): from
then on nothing reaches the device, and what lay unsynced in memory is gone. The next
mount finds what a machine finds after its power failed, and replays the journal.
Needs root.
"""

import fcntl
import os
import struct
import subprocess
from pathlib import Path

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_LOG_FLUSH = 2
SIZE = 2 * 1024 * 1024 * 1024  # sparse; with less than half a GiB of room no mail would be taken


class Disk:
    """An image in `folder`, mounted on `self.root`."""

    def __init__(self, folder: Path) -> None:
        self._image = folder / "disk.img"
        self.root = folder / "disk"
        self.root.mkdir()
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        _run("mkfs.ext4", "-q", "-F", self._image)
        self.mount()

    def mount(self) -> None:
        _run("mount", "-o", "loop", self._image, self.root)

    def unmount(self) -> None:
        _run("umount", self.root)

    def sync(self) -> None:
        """Let everything reach the device."""
        _run("sync", "--file-system", self.root)

    def cut(self) -> None:
        """Cut the power. Whoever has files open gets EIO from now on."""
        root = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(root, SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(root)


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True)
