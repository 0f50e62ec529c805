"""What the loops work with, plugged together by `wiring.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from loftbox_cli.services.deliveries import Schedule
from loftbox_cli.services.ports import Clock, Courier, Poster, Reader, Sealer, Signer
from loftbox_cli.services.tx import Store


@dataclass(frozen=True, slots=True)
class Rooms:
    """The wires, the store and the settings that the loops need. `spread` draws from 0 to 1."""

    store: Store
    clock: Clock
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
