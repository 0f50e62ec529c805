"""What the loops have to do now, and when there is more.

Each query walks a partial index that holds only what still waits, so its cost does
not grow with the mail that is stored.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.endpoint import Notification
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.message import Message
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.work_left import WorkLeft
from loftbox_cli.edge.store import catalogue
from loftbox_cli.edge.store.codec import from_micros, to_micros
from loftbox_cli.edge.store.lanes import PAUSED_DESTINATIONS, PAUSED_MAILBOXES, Lanes, listed
from loftbox_cli.edge.store.shelf import Connection, TableShelf
from loftbox_cli.services.tx import Accepted, ArrivalState, KeptAnswer

# How many due rows are looked at to share the slots out among destinations.
WINDOW = 500

_FREE = "(lease_until IS NULL OR lease_until <= :now)"
_NOT_BUSY = "NOT IN (SELECT value FROM json_each(:busy))"

# While a mailbox is paused its agent is not told what came in; everything else it may learn.
# A disabled URL gets nothing at all.
_AWAKE = f"""endpoint_id NOT IN (SELECT id FROM endpoints WHERE status = 'disabled')
    AND (NOT EXISTS ({PAUSED_MAILBOXES}) OR NOT EXISTS (
    SELECT 1 FROM events WHERE seq = event_seq AND events.mailbox_id IN ({PAUSED_MAILBOXES})
      AND type IN ('message.received', 'message.reply.received', 'message.auto_reply.received')))"""  # noqa: S608  built from our own constants

_NOTIFICATIONS = f"""SELECT id, endpoint_id FROM notifications
    WHERE state = 'pending' AND next_at <= :now AND {_FREE} AND endpoint_id {_NOT_BUSY} AND {_AWAKE}
    ORDER BY next_at, event_seq LIMIT {WINDOW}"""  # noqa: S608  built from our own constants

_NAMED = "WHERE id IN (SELECT value FROM json_each(:ids))"

_NEXT_NOTIFICATION = f"""SELECT next_at FROM notifications
    WHERE state = 'pending' AND lease_until IS NULL
      AND endpoint_id {_NOT_BUSY} AND {_AWAKE}
    ORDER BY next_at LIMIT 1"""  # noqa: S608  built from our own constants

_NEXT = f"""SELECT min(at) FROM (
    SELECT min(next_at) AS at FROM deliveries
        WHERE state IN ('queued', 'uncertain') AND mailbox_id NOT IN ({PAUSED_MAILBOXES})
          AND destination NOT IN ({PAUSED_DESTINATIONS})
    UNION ALL SELECT min(lease_until) FROM deliveries WHERE state = 'sending'
    UNION ALL SELECT min(max(next_at, ifnull(lease_until, 0))) FROM notifications
        WHERE state = 'pending' AND {_AWAKE}
    UNION ALL SELECT min(max(received_at, ifnull(lease_until, 0))) FROM arrivals WHERE state = 'accepted'
    UNION ALL SELECT min(scheduled_at) FROM messages WHERE state = 'scheduled'
    UNION ALL SELECT min(expires_at) FROM approvals WHERE state = 'pending')"""  # noqa: S608  our own constants

_BRINGER = "WHERE request_id = (SELECT brought_by FROM blobs WHERE sha256 = :blob)"

ALIKE = """SELECT request_id FROM arrivals
    WHERE fingerprint = :fingerprint AND fingerprint != '' AND received_at >= :since
    ORDER BY received_at LIMIT 1"""


# A partial index serves only who names its condition, as a constant.
_COUNT = """SELECT
    (SELECT count(*) FROM arrivals WHERE state = 'accepted'),
    queued, uncertain,
    (SELECT count(*) FROM deliveries WHERE state = 'sending'),
    (SELECT count(*) FROM notifications WHERE state = 'pending'),
    (SELECT count(*) FROM notifications WHERE state = 'exhausted')
FROM (SELECT ifnull(sum(state = 'queued'), 0) AS queued, ifnull(sum(state = 'uncertain'), 0) AS uncertain
    FROM deliveries WHERE state IN ('queued', 'uncertain'))"""


class StoredDue:
    """Fulfils `Due`."""

    def __init__(self, connection: Connection, deliveries: TableShelf[Delivery]) -> None:
        self._connection = connection
        self._arrivals = TableShelf(connection, catalogue.ARRIVALS)
        self._deliveries = deliveries
        self._lanes = Lanes(connection, deliveries)
        self._notifications = TableShelf(connection, catalogue.NOTIFICATIONS)
        self._approvals = TableShelf(connection, catalogue.APPROVALS)
        self._messages = TableShelf(connection, catalogue.MESSAGES)
        self._answers = TableShelf(connection, catalogue.ANSWERS)

    def arrivals(self, now: datetime, limit: int) -> list[Accepted]:
        """Accepted mail that nobody reads."""
        return self._arrivals.query(
            f"WHERE state = 'accepted' AND {_FREE} ORDER BY received_at LIMIT :most",
            {"now": to_micros(now), "most": limit},
        )

    def bringer(self, blob: str) -> Accepted | None:
        """The arrival that was the first with these bytes."""
        found = self._arrivals.query(_BRINGER, {"blob": blob})
        return found[0] if found else None

    def alike(self, fingerprint: str, since: datetime) -> RequestId | None:
        """The first request since then that has this fingerprint."""
        found = self._connection.execute(ALIKE, {"fingerprint": fingerprint, "since": to_micros(since)})
        row = found.fetchone()
        return None if row is None else row[0]

    def deliveries(self, now: datetime, slots: Slots) -> list[Delivery]:
        """Deliveries that may go."""
        return self._lanes.take(now, slots)

    def to_look_at(self, now: datetime, limit: int) -> list[Delivery]:
        """Waiting deliveries to which time has done something."""
        return self._lanes.to_look_at(now, limit)

    def waiting(self, page: Page, **where: object) -> PageOf[Delivery]:
        """One page of the deliveries that are not settled."""
        return self._lanes.waiting(page, **where)

    def notifications(
        self, now: datetime, limit: int, *, each: int, busy: Collection[str]
    ) -> list[Notification]:
        """Notifications that may go."""
        ids = self._shared_out(_NOTIFICATIONS, now, limit, each, busy)
        return self._notifications.query(f"{_NAMED} ORDER BY event_seq", {"ids": ids})

    def approvals(self, now: datetime, limit: int) -> list[Approval]:
        """Pending approvals whose time is over."""
        return self._approvals.query(
            """INDEXED BY approvals_pending
            WHERE state = 'pending' AND expires_at <= :now ORDER BY expires_at LIMIT :most""",
            {"now": to_micros(now), "most": limit},
        )

    def scheduled(self, now: datetime, limit: int) -> list[Message]:
        """Scheduled messages whose time has come."""
        return self._messages.query(
            "WHERE state = 'scheduled' AND scheduled_at <= :now ORDER BY scheduled_at LIMIT :most",
            {"now": to_micros(now), "most": limit},
        )

    def answers(self, before: datetime, limit: int) -> list[KeptAnswer]:
        """Kept answers from before that time, oldest first."""
        return self._answers.query(
            "WHERE created_at <= :before ORDER BY created_at LIMIT :most",
            {"before": to_micros(before), "most": limit},
        )

    def lapsed(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries whose lease ran out while they were being sent."""
        return self._deliveries.query(
            "WHERE state = 'sending' AND lease_until <= :now ORDER BY lease_until LIMIT :most",
            {"now": to_micros(now), "most": limit},
        )

    def being_read(self) -> list[Accepted]:
        """Accepted mail under a lease."""
        return self._arrivals.query(
            "WHERE state = 'accepted' AND lease_until IS NOT NULL ORDER BY received_at"
        )

    def being_sent(self) -> list[Delivery]:
        """Deliveries under a lease."""
        return self._deliveries.query("WHERE state = 'sending' ORDER BY lease_until")

    def being_posted(self) -> list[Notification]:
        """Notifications under a lease."""
        return self._notifications.query(
            "WHERE state = 'pending' AND lease_until IS NOT NULL ORDER BY next_at"
        )

    def count(self) -> WorkLeft:
        """How much there is of all that."""
        return WorkLeft(*self._connection.execute(_COUNT, {}).fetchone())

    def next_delivery(self, slots: Slots) -> datetime | None:
        """When the next delivery may go that is not paused, and for which there is a slot."""
        return self._lanes.next_at(slots)

    def next_notification(self, *, busy: Collection[str]) -> datetime | None:
        """When the next notification may go that is not for the `busy` endpoints."""
        return self._time(_NEXT_NOTIFICATION, {"busy": listed(busy)})

    def next_at(self) -> datetime | None:
        """When the next delivery, notification, approval, scheduled message or lease is due."""
        return self._time(_NEXT, {})

    def _shared_out(self, sql: str, now: datetime, limit: int, each: int, busy: Collection[str]) -> str:
        """Pick ids, `each` a place at most. No more rows are read than it takes to fill the limit."""
        picked: list[str] = []
        taken: Counter[str] = Counter()
        for found, place in self._connection.execute(sql, {"now": to_micros(now), "busy": listed(busy)}):
            if len(picked) == limit:
                break
            if taken[place] < each:
                taken[place] += 1
                picked.append(found)
        return listed(picked)

    def _time(self, sql: str, parameters: dict[str, str]) -> datetime | None:
        row = self._connection.execute(sql, parameters).fetchone()
        return None if row is None or row[0] is None else from_micros(row[0])


def waits(value: Accepted | Delivery | Notification) -> bool:
    """Whether a loop will want this row: nobody has taken it, and it has not come to its end."""
    if value.lease_until is not None:
        return False
    return value.state is ArrivalState.ACCEPTED if isinstance(value, Accepted) else value.next_at is not None
