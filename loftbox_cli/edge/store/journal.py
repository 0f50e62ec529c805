"""Events in commit order, and the notifications that follow from each.

One process writes at a time (BEGIN IMMEDIATE), so the number that SQLite gives an
event inside the transaction is its place in commit order.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from operator import attrgetter

from loftbox_cli.core.endpoint import Endpoint, EndpointStatus, Notification, NotificationState
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.ids import EndpointId, NotificationId
from loftbox_cli.edge.store import statements
from loftbox_cli.edge.store.catalogue import EVENTS
from loftbox_cli.edge.store.shelf import Connection, TableShelf, condition
from loftbox_cli.services.shelf import Shelf

_CODEC = EVENTS.codec
_REST = attrgetter(*_CODEC.names[1:])  # all but the number, which SQLite gives
_INSERT = statements.insert_rows(EVENTS.table, _CODEC.names, 1)

# What few events share: an index finds these, and whatever else is asked is looked up in them.
_NARROW = ("message_id", "thread_id", "request_id")

# Where an index is given a value, or some, for each of its columns, SQLite reads the events of each
# in their order and stops when there are enough. Given fewer, it reads all that fit, and sorts them.
_EVERY_TYPE = f"type IN ({', '.join(repr(kind.value) for kind in EventType)})"
_EVERY_AGENT = """seq IN (
    SELECT seq FROM (SELECT seq FROM events
        WHERE {found} AND agent_id IN (SELECT id FROM agents) ORDER BY seq {order} LIMIT :most)
    UNION ALL SELECT seq FROM (SELECT seq FROM events
        WHERE {found} AND agent_id IS NULL ORDER BY seq {order} LIMIT :most))"""


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
        self._events = TableShelf(connection, EVENTS)
        self._mint = mint

    def tell(self, event: Event) -> Event:
        """Write an event and a notification for each endpoint that wants it."""
        _, *row = _CODEC.columns(event)
        told = Event(self._connection.execute(_INSERT, (None, *row)).lastrowid, *_REST(event))
        for endpoint in self._endpoints.all(status=EndpointStatus.ACTIVE):
            if endpoint.wants(told.type, told.agent_id):
                self.notify(endpoint.id, told, told.created_at)
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

    def notify(self, endpoint_id: EndpointId, event: Event, now: datetime) -> Notification:
        """Put a notification of this event for one endpoint into the queue."""
        notification = Notification(
            id=NotificationId(self._mint("ntf")),
            endpoint_id=endpoint_id,
            event_seq=event.seq,
            event_id=event.id,
            event_type=event.type,
            state=NotificationState.PENDING,
            attempts=0,
            next_at=now,
            lease_until=None,
            fence=0,
            body=b"",
            last_status=0,
            last_fault="",
            created_at=now,
            settled_at=None,
        )
        self._notifications.add(notification)
        return notification

    def get(self, event_id: str) -> Event:
        """One event by its id; raises NotFound."""
        found = self._events.find(id=event_id)
        if found is None:
            raise NotFound(f"there is no event {event_id}", fix="loftbox logs shows what happened")
        return found

    def _pick(self, at: str, order: str, place: int, limit: int, where: dict[str, object]) -> list[Event]:
        found = " AND ".join((at, *_conditions(where)))
        if where.keys() == {"type"}:
            found = _EVERY_AGENT.format(found=found, order=order)
        # The planner would rather have the events of the agent in their order, and look through all.
        by = "INDEXED BY events_by_type" if where.keys() == {"type", "agent_id"} else ""
        return self._events.query(
            f"{by} WHERE {found} ORDER BY seq {order} LIMIT :most",
            {**self._events.columns(where), "place": place, "most": limit},
        )


def _conditions(where: Mapping[str, object]) -> Iterator[str]:
    """Conditions for one index; the unary plus keeps the planner from others, which would find too many."""
    narrow = next((name for name in _NARROW if name in where), None)
    of_mailbox = narrow is None and "mailbox_id" in where
    for name, value in where.items():
        others = (narrow is not None and name != narrow) or (of_mailbox and name == "agent_id")
        yield f"{'+' if others else ''}{condition(name, value)}"
    if of_mailbox and "type" not in where:
        yield _EVERY_TYPE
