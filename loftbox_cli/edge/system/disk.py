"""Is there room to promise anything? A 250 without room to keep the mail would be a lie."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from loftbox_cli.core.errors import DiskLow

_MIB = 1 << 20
LEAST_FREE = 512 * _MIB
LEAST_SHARE = 0.05
# A twentieth of a large disk is more than any queue needs.
ENOUGH_FREE = 10 * 1024 * _MIB
# Seconds for which a look is good. No disk takes the least that must be free in so short a time.
LOOK_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class Room:
    """What is left for us, in octets, of a disk of `size`."""

    free: int
    size: int

    @property
    def least(self) -> int:
        """Where accepting stops."""
        return max(LEAST_FREE, min(int(self.size * LEAST_SHARE), ENOUGH_FREE))

    @property
    def low(self) -> bool:
        """Say whether too little is left."""
        return self.free < self.least


def room(folder: Path) -> Room:
    """Look at the disk that holds `folder`."""
    status = os.statvfs(folder)
    # f_bavail, not f_bfree: the blocks kept for root are not ours.
    return Room(status.f_bavail * status.f_frsize, status.f_blocks * status.f_frsize)


def check_room(left: Room) -> None:
    """Raise DiskLow when there is too little."""
    if left.low:
        raise DiskLow(
            f"the disk of the store has {left.free // _MIB} MiB left, and {left.least // _MIB} are needed",
            fix="make room: accepting resumes by itself",
        )


class RoomWatch:
    """The same for a flood: one look that finds room serves all who ask a moment later."""

    def __init__(self, look: Callable[[], Room], clock: Callable[[], float] = monotonic) -> None:
        self._look = look
        self._clock = clock
        self._enough_until = 0.0

    def check(self) -> None:
        """Raise DiskLow when there is too little; then whoever asks next has it looked at again."""
        now = self._clock()
        if now >= self._enough_until:
            check_room(self._look())
            self._enough_until = now + LOOK_EVERY
