"""Events in commit order, and the notifications that follow from each.

One process writes at a time (BEGIN IMMEDIATE), so the number that SQLite gives an
event inside the transaction is its place in commit order.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from loftbox_cli.core.endpoint import Endpoint, EndpointStatus, Notification, NotificationState
from loftbox_cli.core.events import Event
from loftbox_cli.core.ids import NotificationId
from loftbox_cli.edge.store import statements
from loftbox_cli.edge.store.codec import Codec
from loftbox_cli.edge.store.mail_tables import EventRow
from loftbox_cli.edge.store.shelf import Connection, TableShelf
from loftbox_cli.services.tx import Shelf

_TABLE: Any = EventRow.__table__  # type: ignore[attr-defined]  # SQLModel sets it at run time
_CODEC = Codec(Event)
_INSERT = statements.insert_into(_TABLE)


class StoredJournal:
    """Fulfils `Journal`."""

    def __init__(
        self,
        connection: Connection,
        endpoints: Shelf[Endpoint],
        notifications: Shelf[Notification],
        mint: Callable[[str], str],
    ) -> None:
        self._connection = connection
        self._endpoints = endpoints
        self._notifications = notifications
        self._events = TableShelf(connection, _TABLE, _CODEC, "event")
        self._mint = mint

    def tell(self, event: Event) -> Event:
        """Write an event and a notification for each endpoint that wants it."""
        row = _CODEC.row(event) | {"seq": None}
        told = replace(event, seq=self._connection.execute(_INSERT, row).lastrowid)
        for endpoint in self._endpoints.all(status=EndpointStatus.ACTIVE):
            if endpoint.wants(told.type, told.agent_id):
                self._notifications.add(self._notification(told, endpoint))
        return told

    def after(self, seq: int, limit: int, **where: object) -> list[Event]:
        """Events with a greater `seq`, oldest first."""
        return self._pick("seq > :place", "ASC", seq, limit, where)

    def before(self, seq: int | None, limit: int, **where: object) -> list[Event]:
        """Events with a smaller `seq`, newest first."""
        if seq is None:
            return self._pick("1", "DESC", 0, limit, where)
        return self._pick("seq < :place", "DESC", seq, limit, where)

    def last_seq(self) -> int:
        """The newest `seq`."""
        row = self._connection.execute("SELECT max(seq) FROM events", {}).fetchone()
        return row[0] or 0

    def _pick(
        self, condition: str, order: str, place: int, limit: int, where: dict[str, object]
    ) -> list[Event]:
        same = "".join(f" AND {name} = :{name}" for name in where)
        given = {name: _CODEC.column(name, value) for name, value in where.items()}
        return self._events.query(
            f"WHERE {condition}{same} ORDER BY seq {order} LIMIT :most",
            {**given, "place": place, "most": limit},
        )

    def _notification(self, event: Event, endpoint: Endpoint) -> Notification:
        return Notification(
            id=NotificationId(self._mint("ntf")),
            endpoint_id=endpoint.id,
            event_seq=event.seq,
            event_id=event.id,
            event_type=event.type,
            state=NotificationState.PENDING,
            attempts=0,
            next_at=event.created_at,
            lease_until=None,
            fence=0,
            body=b"",
            last_status=0,
            last_fault="",
            created_at=event.created_at,
            settled_at=None,
        )
