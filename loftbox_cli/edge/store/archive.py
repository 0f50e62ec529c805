"""Questions about stored mail that equality cannot ask (fulfils `services.archive.Archive`)."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.thread import Thread
from loftbox_cli.core.thread_tree import Named
from loftbox_cli.edge.store import catalogue
from loftbox_cli.edge.store.codec import from_micros, to_micros
from loftbox_cli.edge.store.shelf import Connection, TableShelf
from loftbox_cli.edge.store.word_index import match
from loftbox_cli.services.archive import Borne, Filter, Outlined

# Each id is looked up in an index; in the order of rows the planner would read the whole mailbox.
BORNE = """SELECT rfc_message_id, messages.id, thread_id
FROM json_each(:ids) CROSS JOIN messages INDEXED BY messages_by_rfc_id
    ON rfc_message_id = value AND mailbox_id = :mailbox_id
ORDER BY messages.rowid"""

MENTIONED = """SELECT rfc_message_id, thread_id
FROM json_each(:ids) CROSS JOIN mentions ON rfc_message_id = value AND mailbox_id = :mailbox_id
ORDER BY mentions.rowid"""

OUTLINE = """SELECT id, rfc_message_id, "references", in_reply_to, created_at FROM messages
WHERE thread_id = :thread_id ORDER BY rowid"""

# Both name one message, or one names what is in the other.
RELATED = """SELECT DISTINCT other.thread_id FROM mentions AS mine
    JOIN mentions AS other USING (mailbox_id, rfc_message_id)
    WHERE mine.thread_id = :thread_id AND other.thread_id != :thread_id
UNION SELECT DISTINCT messages.thread_id FROM mentions
    JOIN messages USING (mailbox_id, rfc_message_id)
    WHERE mentions.thread_id = :thread_id AND messages.thread_id != :thread_id
UNION SELECT DISTINCT mentions.thread_id FROM messages
    JOIN mentions USING (mailbox_id, rfc_message_id)
    WHERE messages.thread_id = :thread_id AND mentions.thread_id != :thread_id
ORDER BY 1 LIMIT :most"""
MOST_RELATED = 20

TURN = """SELECT direction FROM messages
WHERE thread_id = :thread_id AND (
    state IN ('held', 'scheduled')
    OR (state = 'released' AND EXISTS (SELECT 1 FROM deliveries WHERE message_id = messages.id
        AND deliveries.state NOT IN ('failed', 'bounced', 'expired', 'canceled', 'suppressed', 'set_aside')))
    OR (state = 'received' AND automation NOT IN ('auto_replied', 'bounce', 'own')))
ORDER BY rowid DESC LIMIT 1"""

_SENDER = """EXISTS (SELECT 1 FROM json_each(messages.from_)
    WHERE lower(json_extract(value, '$.address')) = :sender)"""


class StoredArchive:
    """Fulfils `Archive`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._messages = TableShelf(connection, catalogue.MESSAGES)
        self._threads = TableShelf(connection, catalogue.THREADS)

    def messages(self, page: Page, wanted: Filter) -> PageOf[Message]:
        """One page of the messages that fit, in the order in which they were stored."""
        if wanted.mailbox_ids is not None and not wanted.mailbox_ids:
            return PageOf(())
        rows = [row[0] for row in self._rows(page, wanted)]
        order = "DESC" if page.newest_first else "ASC"
        found = self._messages.query(
            f"WHERE rowid IN (SELECT value FROM json_each(:rows)) ORDER BY rowid {order}",  # noqa: S608  a word of ours
            {"rows": json.dumps(rows[: page.limit])},
        )
        return PageOf(tuple(found), found[-1].id if len(rows) > page.limit else "")

    def _rows(self, page: Page, wanted: Filter) -> Any:
        """The numbers of the rows, one more than the page has. No more is read than it takes to fill it."""
        source, place = "messages", "messages.rowid"
        if wanted.question is not None:
            # In this order the index is read from the newest row on, and stops when there are enough.
            source, place = "words CROSS JOIN messages ON messages.rowid = words.rowid", "words.rowid"
        conditions, given = _conditions(wanted, place)
        if page.after:
            conditions.append(f"{place} {'<' if page.newest_first else '>'} :place")
            given["place"] = self._messages.place_of(page.after)
        where = "WHERE " + " AND ".join(conditions) if conditions else ""
        order = "DESC" if page.newest_first else "ASC"
        return self._connection.execute(
            f"SELECT {place} FROM {source} {where} ORDER BY {place} {order} LIMIT :most",  # noqa: S608  our own words, values are bound
            {**given, "most": page.limit + 1},
        )

    def borne(self, mailbox_id: MailboxId, ids: Collection[str]) -> dict[str, Borne]:
        """The oldest message of a mailbox with each of these Message-IDs."""
        found: dict[str, Borne] = {}
        for name, message_id, thread_id in self._named(BORNE, mailbox_id, ids):
            found.setdefault(name, Borne(MessageId(message_id), ThreadId(thread_id)))
        return found

    def mentioned(self, mailbox_id: MailboxId, ids: Collection[str]) -> dict[str, ThreadId]:
        """The first thread of a mailbox whose messages named each of these ids, none being there."""
        found: dict[str, ThreadId] = {}
        for name, thread_id in self._named(MENTIONED, mailbox_id, ids):
            found.setdefault(name, ThreadId(thread_id))
        return found

    def outline(self, thread_id: ThreadId) -> list[Outlined]:
        """What the messages of a thread say of each other, in the order in which they were stored."""
        return [
            Outlined(
                MessageId(message_id),
                Named(
                    rfc_id, tuple(json.loads(references)), tuple(json.loads(in_reply_to)), "", from_micros(at)
                ),
            )
            for message_id, rfc_id, references, in_reply_to, at in self._connection.execute(
                OUTLINE, {"thread_id": thread_id}
            )
        ]

    def related(self, thread_id: ThreadId) -> tuple[ThreadId, ...]:
        """Other threads that name the same missing message, or a message of this one."""
        rows = self._connection.execute(RELATED, {"thread_id": thread_id, "most": MOST_RELATED})
        return tuple(ThreadId(row[0]) for row in rows)

    def threads_with(self, mailbox_id: MailboxId, address: str, since: datetime, limit: int) -> list[Thread]:
        """The threads in which this address is known and something happened since, newest first."""
        return self._threads.query(
            """WHERE last_at >= :since AND id IN (
                SELECT thread_id FROM participants
                WHERE mailbox_id = :mailbox_id AND address = :address AND known
            ) ORDER BY last_at DESC LIMIT :most""",
            {"mailbox_id": mailbox_id, "address": address, "since": to_micros(since), "most": limit},
        )

    def last_said(self, thread_id: ThreadId) -> Direction | None:
        """Which way the newest message went that anybody waits for an answer to."""
        row = self._connection.execute(TURN, {"thread_id": thread_id}).fetchone()
        return None if row is None else Direction(row[0])

    def _named(self, sql: str, mailbox_id: MailboxId, ids: Collection[str]) -> Any:
        return self._connection.execute(sql, {"mailbox_id": mailbox_id, "ids": json.dumps(list(ids))})


def _conditions(wanted: Filter, place: str) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    given: dict[str, Any] = {}
    if wanted.question is not None:
        conditions.append("words MATCH :words")
        given["words"] = match(wanted.question, wanted.mailbox_ids)
    if wanted.mailbox_ids is not None:
        conditions.append("messages.mailbox_id IN (SELECT value FROM json_each(:mailbox_ids))")
        given["mailbox_ids"] = json.dumps(sorted(wanted.mailbox_ids))
    if wanted.thread_id:
        conditions.append("thread_id = :thread_id")
        given["thread_id"] = wanted.thread_id
    if wanted.direction is not None:
        conditions.append("direction = :direction")
        given["direction"] = wanted.direction.value
    if wanted.sender:
        conditions.append(_SENDER)
        given["sender"] = wanted.sender
    # A time also bounds the rows, so that what is older or newer is not read.
    if wanted.since is not None:
        conditions += [
            "created_at >= :since",
            f"{place} >= (SELECT min(rowid) FROM messages WHERE created_at >= :since)",  # noqa: S608  our own words
        ]
        given["since"] = to_micros(wanted.since)
    if wanted.until is not None:
        conditions += [
            "created_at < :until",
            f"{place} <= (SELECT max(rowid) FROM messages WHERE created_at < :until)",  # noqa: S608  our own words
        ]
        given["until"] = to_micros(wanted.until)
    return conditions, given
