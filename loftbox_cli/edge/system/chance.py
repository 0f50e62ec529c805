"""Chance: secrets, jitter, and the names of new things.

All of it comes from the operating system's generator: nothing here can be
predicted or repeated. Ids carry their time and grow, but are no capabilities.
"""

import secrets
import threading
from array import array

from loftbox_cli.core.ids import spell
from loftbox_cli.services.ports import Clock

_TAIL = 1 << 32
_DRAWN = 256  # tails at a time: the system is asked once for all of them


def secret_octets(length: int = 32) -> bytes:
    """Make key material; 32 octets are 256 bits."""
    return secrets.token_bytes(length)


def token() -> str:
    """Make a capability for a link or a record: 256 bits in URL-safe characters."""
    return secrets.token_urlsafe(32)


def spread() -> float:
    """Draw a number from 0 up to 1, for jitter."""
    return secrets.randbelow(_TAIL) / _TAIL


class Mint:
    """Makes ids that grow, whatever the clock does.

    The clock gives the milliseconds and chance the tail. Within one millisecond,
    and while the clock stands behind the last id, the tail counts up instead; when
    it is used up, the next millisecond is borrowed. Threads may share a mint.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._milliseconds = 0
        self._tail = 0
        self._tails = array("I")

    def mint(self, prefix: str) -> str:
        """Make the next id of the kind that `prefix` names."""
        now = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if now > self._milliseconds:
                self._milliseconds, self._tail = now, self._draw()
            elif self._tail + 1 < _TAIL:
                self._tail += 1
            else:
                self._milliseconds, self._tail = self._milliseconds + 1, self._draw()
            return spell(prefix, self._milliseconds, self._tail)

    def _draw(self) -> int:
        if not self._tails:
            self._tails.frombytes(secrets.token_bytes(4 * _DRAWN))
        return self._tails.pop()
