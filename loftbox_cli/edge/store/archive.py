"""Questions about stored mail that equality cannot ask (fulfils `services.archive.Archive`)."""

# ruff: noqa: S608 - our own words, and values are bound

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from loftbox_cli.core.delivery import Delivery
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

_EACH_MAILBOX = "json_each(:mailbox_ids) AS each_mailbox"
_EVERY_MAILBOX = "(SELECT id AS value FROM mailboxes) AS each_mailbox"

# Who wrote takes part in the thread: what somebody wrote is looked for in these.
_THEIRS = """(SELECT DISTINCT thread_id FROM {} CROSS JOIN participants
    ON mailbox_id = each_mailbox.value AND address = :sender) AS theirs
CROSS JOIN messages ON messages.thread_id = theirs.thread_id"""

_KNOWN = """SELECT EXISTS (SELECT 1 FROM participants
WHERE mailbox_id = :mailbox_id AND address = :address AND known AND first_message_id < :message_id)"""

_SENDER = """EXISTS (SELECT 1 FROM json_each(messages.from_)
    WHERE lower(json_extract(value, '$.address')) = :sender)"""


class StoredArchive:
    """Fulfils `Archive`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._messages = TableShelf(connection, catalogue.MESSAGES)
        self._deliveries = TableShelf(connection, catalogue.DELIVERIES)
        self._threads = TableShelf(connection, catalogue.THREADS)

    def messages(self, page: Page, wanted: Filter) -> PageOf[Message]:
        """One page of the messages that fit, in the order in which they were stored."""
        if wanted.mailbox_ids is not None and not wanted.mailbox_ids:
            return PageOf(())
        rows = [row[0] for row in self._rows(page, wanted)]
        order = "DESC" if page.newest_first else "ASC"
        found = self._messages.query(
            f"WHERE rowid IN (SELECT value FROM json_each(:rows)) ORDER BY rowid {order}",
            {"rows": json.dumps(rows[: page.limit])},
        )
        return PageOf(tuple(found), found[-1].id if len(rows) > page.limit else "")

    def _rows(self, page: Page, wanted: Filter) -> Any:
        """The numbers of the rows, one more than the page has. No more is read than it takes to fill it."""
        place = "words.rowid" if wanted.question is not None else "messages.rowid"
        conditions, given = _conditions(wanted, place)
        if page.after:
            conditions.append(f"{place} {'<' if page.newest_first else '>'} :place")
            given["place"] = self._messages.place_of(page.after)
        order = "DESC" if page.newest_first else "ASC"
        return self._connection.execute(
            _picked(wanted, place, conditions, order), {**given, "most": page.limit + 1}
        )

    def settled(self, page: Page, **where: object) -> PageOf[Delivery]:
        """One page of the deliveries that came to their end in some state."""
        among = [] if "mailbox_id" in where else ["mailbox_id IN (SELECT id FROM mailboxes)"]
        return self._deliveries.page(page, "settled_at IS NOT NULL", *among, **where)

    def count(self) -> int:
        """How many messages there are.

        None is ever taken away, so that the number of the last row says it.
        """
        row = self._connection.execute("SELECT max(rowid) FROM messages", {}).fetchone()
        return row[0] or 0

    def known_before(self, mailbox_id: MailboxId, address: str, message_id: MessageId) -> bool:
        """Whether this address was known in the mailbox before that message."""
        given = {"mailbox_id": mailbox_id, "address": address, "message_id": message_id}
        return bool(self._connection.execute(_KNOWN, given).fetchone()[0])

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


def _picked(wanted: Filter, place: str, conditions: Sequence[str], order: str) -> str:
    """The statement that reads least for this filter."""
    where = "WHERE " + " AND ".join(conditions) if conditions else ""
    end = f"{where} ORDER BY {place} {order} LIMIT :most"
    if wanted.question is not None:
        # In this order the index is read from the newest row on, and stops when there are enough.
        return f"SELECT {place} FROM words CROSS JOIN messages ON messages.rowid = words.rowid {end}"
    if wanted.sender:
        mailboxes = _EVERY_MAILBOX if wanted.mailbox_ids is None else _EACH_MAILBOX
        return f"SELECT {place} FROM {_THEIRS.format(mailboxes)} {end}"
    return f"SELECT {place} FROM messages {end}"


def _conditions(wanted: Filter, place: str) -> tuple[list[str], dict[str, Any]]:
    """What the rows have to be; a unary plus keeps the planner from an index that would find too many.

    Where an index is given a value, or some, for each of its columns, SQLite reads the rows of each
    in their order and stops when there are enough. Given fewer, it reads all that fit, and sorts them.
    """
    conditions: list[str] = []
    given: dict[str, Any] = {}
    aside = "+" if wanted.thread_id or wanted.sender or wanted.question else ""
    if wanted.question is not None:
        conditions.append("words MATCH :words")
        given["words"] = match(wanted.question, wanted.mailbox_ids)
    if wanted.thread_id:
        conditions.append("messages.thread_id = :thread_id")
        given["thread_id"] = wanted.thread_id
    if wanted.mailbox_ids is not None:
        conditions.append(f"{aside}messages.mailbox_id IN (SELECT value FROM json_each(:mailbox_ids))")
        given["mailbox_ids"] = json.dumps(sorted(wanted.mailbox_ids))
    elif wanted.direction is not None and not aside:
        conditions.append("messages.mailbox_id IN (SELECT id FROM mailboxes)")
    if wanted.direction is not None or (wanted.mailbox_ids is not None and not aside):
        directions = [each.value for each in (Direction if wanted.direction is None else (wanted.direction,))]
        conditions.append(f"{aside}direction IN (SELECT value FROM json_each(:directions))")
        given["directions"] = json.dumps(directions)
    if wanted.sender:
        conditions.append(_SENDER)
        given["sender"] = wanted.sender
    # A time also bounds the rows, so that what is older or newer is not read.
    if wanted.since is not None:
        conditions += [
            "created_at >= :since",
            f"{place} >= (SELECT min(rowid) FROM messages WHERE created_at >= :since)",
        ]
        given["since"] = to_micros(wanted.since)
    if wanted.until is not None:
        conditions += [
            "created_at < :until",
            f"{place} <= (SELECT max(rowid) FROM messages WHERE created_at < :until)",
        ]
        given["until"] = to_micros(wanted.until)
    return conditions, given
