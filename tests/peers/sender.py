"""A mail server that relays to ours, whichever program it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

LARGEST = 40 * 1024 * 1024  # octets that a sender itself takes, well over what our door does


def by_itself() -> None:
    """Do nothing: the server runs its queue every second."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A server that runs: its name, where it takes mail, what it wrote down, how its queue is run now."""

    hostname: str
    port: int
    logs: Sequence[Path]
    again: Callable[[], None] = by_itself

    @property
    def log(self) -> str:
        return "".join(path.read_text(errors="replace") for path in self.logs if path.exists())
