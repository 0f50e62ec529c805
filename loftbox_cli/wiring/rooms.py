"""What the daemon works with: the wires of its loops, and its doors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from loftbox_cli.core.door_counts import DoorCounts
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.retry import Schedule
from loftbox_cli.services.ports import Clock, Courier, Poster, Reader, Sealer, Signer
from loftbox_cli.services.store import Store


class Closing(Protocol):
    """A wire with open connections or processes."""

    async def close(self) -> None:
        """Let them go."""
        ...


class Door(Protocol):
    """A listener. `port` is the real one once it is open."""

    host: str
    port: int

    async def open(self) -> None:
        """Listen."""
        ...

    async def close(self, grace: float) -> None:
        """Finish what is under way within `grace` seconds, and close."""
        ...


@dataclass(frozen=True, slots=True)
class Rooms:
    """The wires, the store and the settings that the loops need.

    `spread` draws from 0 to 1, `hostname` is what this gateway calls itself, and `smarthost`
    the server to which the settings give all mail, "" without one.

    `chance` answers so many random octets. `public_url` is where people reach this gateway,
    "" when they do not; with `notices` they are written to when something waits for them.
    """

    store: Store
    clock: Clock
    hostname: str
    smarthost: str
    reader: Reader
    courier: Courier
    signer: Signer
    sealer: Sealer
    poster: Poster
    spread: Callable[[], float]
    tag_secret: bytes
    mail_schedule: Schedule
    deliveries_at_once: int
    webhook_waits: Sequence[timedelta]
    chance: Callable[[int], bytes]
    public_url: str
    notices: bool
    to_close: Sequence[Closing]


@dataclass(frozen=True, slots=True)
class Doors:
    """The listeners by name, what reads their certificates again, and what the one for mail has counted."""

    by_name: Mapping[str, Door]
    reload: Callable[[], None]
    counts: DoorCounts
    new_request_id: Callable[[], RequestId]
