"""Telling what happened: the events, as the verbs see them."""

from datetime import datetime
from typing import Protocol

from loftbox_cli.core.endpoint import Notification
from loftbox_cli.core.events import Event
from loftbox_cli.core.ids import EndpointId


class Journal(Protocol):
    """The events, in commit order."""

    def tell(self, event: Event) -> Event:
        """Write an event, and a notification for each endpoint that wants it; answers with its `seq`."""
        ...

    def notify(self, endpoint_id: EndpointId, event: Event, now: datetime) -> Notification:
        """Put a notification of this event for one endpoint into the queue."""
        ...

    def get(self, event_id: str) -> Event:
        """One event by its id; raises NotFound."""
        ...

    def after(self, seq: int, limit: int, **where: object) -> list[Event]:
        """Events with a greater `seq`, oldest first."""
        ...

    def before(self, seq: int | None, limit: int, **where: object) -> list[Event]:
        """Events with a smaller `seq` (None: the newest), newest first."""
        ...

    def last_seq(self) -> int:
        """The newest `seq`, 0 when nothing happened yet."""
        ...
