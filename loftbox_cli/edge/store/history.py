"""Looking back at what was sent and said (fulfils `services.history.History`)."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.message import Direction, MessageState
from loftbox_cli.edge.store.codec import dump, from_micros, to_micros
from loftbox_cli.edge.store.shelf import Connection
from loftbox_cli.services.history import Earlier

_RELEASED = """
SELECT count(*) FROM messages
WHERE mailbox_id IN (SELECT value FROM json_each(:mailboxes)) AND released_at IS NOT NULL
  AND released_at > :since AND released_at < :until"""

_RELEASED_TO = """
SELECT count(*) FROM deliveries WHERE recipient = :recipient AND queued_at > :since AND queued_at < :until"""

_OF_THREAD = """
SELECT id, direction, state, from_, released_at FROM messages
WHERE thread_id = :thread ORDER BY rowid DESC LIMIT :most"""

_FIRST_OF_THREAD = """
SELECT id, direction, state, from_, released_at FROM messages
WHERE thread_id = :thread ORDER BY rowid LIMIT 1"""


class StoredHistory:
    """The past on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def released(self, mailbox_ids: Collection[MailboxId], since: datetime, until: datetime) -> int:
        """How many messages these mailboxes released."""
        window = {"since": to_micros(since), "until": to_micros(until)}
        return self._count(_RELEASED, {"mailboxes": dump(sorted(mailbox_ids)), **window})

    def released_to(self, recipient: str, since: datetime, until: datetime) -> int:
        """How many messages were released to this address."""
        window = {"since": to_micros(since), "until": to_micros(until)}
        return self._count(_RELEASED_TO, {"recipient": recipient, **window})

    def of_thread(self, thread_id: ThreadId, limit: int) -> list[Earlier]:
        """Its messages, newest first."""
        rows = self._connection.execute(_OF_THREAD, {"thread": thread_id, "most": limit})
        return [_earlier(row) for row in rows]

    def first_of_thread(self, thread_id: ThreadId) -> Earlier | None:
        """The message that began it."""
        row = self._connection.execute(_FIRST_OF_THREAD, {"thread": thread_id}).fetchone()
        return None if row is None else _earlier(row)

    def _count(self, sql: str, parameters: dict[str, Any]) -> int:
        count: int = self._connection.execute(sql, parameters).fetchone()[0]
        return count


def _earlier(row: Sequence[Any]) -> Earlier:
    name, direction, state, senders, released_at = row
    return Earlier(
        MessageId(name),
        Direction(direction),
        MessageState(state),
        tuple(party["address"] for party in json.loads(senders)),
        None if released_at is None else from_micros(released_at),
    )
