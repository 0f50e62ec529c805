"""A signal in the middle of something.

The load says at each step that something is under way: a message without its reply, a
request without its answer, a delivery whose dot was heard, a webhook that came. After
so many steps, and so many turns of the event loop more, the daemon gets its signal. Chance
chooses both numbers, so no instant is safe, and nothing has to wait for a clock.
"""

import asyncio
import signal
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again

from tests.serve.daemon import Daemon

MOST_STEPS = 250
MOST_TURNS = 400


class Doom:
    """Counts steps down, then strikes."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._steps = 0
        self._turns = 0
        self._daemon: Daemon | None = None
        self._signal = signal.SIGKILL
        self.struck = asyncio.Event()

    def arm(self, daemon: Daemon, number: signal.Signals) -> None:
        """Choose the instant at which this daemon gets this signal."""
        self._daemon = daemon
        self._signal = number
        self._steps = self._chance.randint(1, MOST_STEPS)
        self._turns = self._chance.randint(0, MOST_TURNS)
        self.struck.clear()

    def step(self) -> None:
        """Note that something is under way."""
        self._steps -= 1
        if self._steps == 0 and self._daemon is not None:
            self._turn()

    def _turn(self) -> None:
        self._turns -= 1
        if self._turns > 0:
            asyncio.get_running_loop().call_soon(self._turn)
        elif self._daemon is not None:
            self._daemon.process.send_signal(self._signal)
            self.struck.set()
