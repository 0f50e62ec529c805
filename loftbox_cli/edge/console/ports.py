"""What the pages need from the rest of the house."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from loftbox_cli.core.ids import RequestId
from loftbox_cli.services.ports import Clock
from loftbox_cli.services.store import Store


@dataclass(frozen=True, slots=True)
class Console:
    """`public_url` is where browsers reach the pages; without one there are none."""

    store: Store
    clock: Clock
    request_id: Callable[[], RequestId]
    public_url: str

    @property
    def host(self) -> str:
        """The one value of Host that is ours: another one came by somebody else's name."""
        return urlsplit(self.public_url).netloc
