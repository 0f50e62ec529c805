"""Whether the mail in a store holds together: words, threads, approvals and deliveries.

Each question is one statement, which sees one moment; words are compared message by
message. A fault names the thing by its id.
"""

from typing import Any

from loftbox_cli.edge.store import statements
from loftbox_cli.edge.store.catalogue import MESSAGES
from loftbox_cli.edge.store.quick_look import MOST_FAULTS
from loftbox_cli.edge.store.word_index import index_row

_CODEC = MESSAGES.codec
_WORDS = ("message_id", "revision", "mailbox", "subject", "people", "text")

_NEXT_MESSAGE = f"""SELECT rowid, {statements.quoted(_CODEC.names)} FROM messages
WHERE rowid > :after ORDER BY rowid LIMIT 1"""  # noqa: S608  columns of our own

_INDEXED = f"SELECT {statements.quoted(_WORDS)} FROM words WHERE rowid = :row"  # noqa: S608  columns of our own

_WORDS_OF_NOTHING = """
SELECT 'words are indexed of message ' || message_id || ', which is gone' FROM words
WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.rowid = words.rowid) LIMIT :most"""

_THREADS = (
    """SELECT 'message ' || messages.id || ' lies in thread ' || thread_id || ' of another mailbox'
    FROM messages JOIN threads ON threads.id = thread_id
    WHERE messages.mailbox_id != threads.mailbox_id LIMIT :most""",
    """SELECT 'thread ' || id || ' has no message' FROM threads
    WHERE NOT EXISTS (SELECT 1 FROM messages WHERE thread_id = threads.id) LIMIT :most""",
    """SELECT 'participant ' || address || ' of thread ' || thread_id || ' comes from message '
        || first_message_id || ', which is not in it' FROM participants
    WHERE NOT EXISTS (
        SELECT 1 FROM messages WHERE id = first_message_id AND messages.thread_id = participants.thread_id
    ) LIMIT :most""",
)

_APPROVALS = (
    """SELECT 'message ' || id || ' is held and waits for no approval' FROM messages
    WHERE state = 'held' AND NOT EXISTS (
        SELECT 1 FROM approvals WHERE message_id = messages.id AND approvals.state = 'pending'
    ) LIMIT :most""",
    """SELECT 'approval ' || approvals.id || ' is pending and message '
        || message_id || ' is ' || messages.state
    FROM approvals JOIN messages ON messages.id = message_id
    WHERE approvals.state = 'pending' AND messages.state NOT IN ('held', 'released') LIMIT :most""",
)

_DELIVERIES = (
    """SELECT 'delivery ' || id || ' belongs to message ' || message_id || ', which is gone' FROM deliveries
    WHERE NOT EXISTS (SELECT 1 FROM messages WHERE messages.id = message_id) LIMIT :most""",
    """SELECT 'delivery ' || deliveries.id || ' belongs to message ' || message_id
        || ', which is ' || messages.state
    FROM deliveries JOIN messages ON messages.id = message_id
    WHERE messages.direction != 'outbound' OR messages.state != 'released' LIMIT :most""",
    """SELECT 'delivery ' || deliveries.id || ' goes to ' || recipient || ', whom message '
        || message_id || ' does not name'
    FROM deliveries JOIN messages ON messages.id = message_id
    WHERE recipient NOT IN (SELECT value FROM json_each(rcpt_to)) LIMIT :most""",
    """SELECT 'message ' || message_id || ' has ' || count(*) || ' deliveries for ' || recipient
    FROM deliveries GROUP BY message_id, recipient HAVING count(*) > 1 LIMIT :most""",
    """SELECT 'delivery ' || id || ' counts ' || attempts || ' attempts, and there are '
        || (SELECT count(*) FROM attempts WHERE delivery_id = deliveries.id)
    FROM deliveries
    WHERE attempts != (SELECT count(*) FROM attempts WHERE delivery_id = deliveries.id) LIMIT :most""",
)

Looked = tuple[int, tuple[str, ...]]


def words(connection: Any) -> Looked:
    """Compare what is indexed of each message with the message."""
    count, place = 0, 0
    faults: list[str] = []
    while row := connection.execute(_NEXT_MESSAGE, {"after": place}).fetchone():
        place, *fields = row
        count += 1
        message = _CODEC.read(fields)
        found = connection.execute(_INDEXED, {"row": place}).fetchone()
        if found is None:
            faults.append(f"no words are indexed of message {message.id}")
        elif dict(zip(_WORDS, found, strict=True)) != index_row(message):
            faults.append(f"other words than its own are indexed of message {message.id}")
    return count, (*faults[:MOST_FAULTS], *_told(connection, (_WORDS_OF_NOTHING,)))


def threads(connection: Any) -> Looked:
    """Look at threads, their messages and who takes part."""
    return _count(connection, "SELECT count(*) FROM threads"), _told(connection, _THREADS)


def approvals(connection: Any) -> Looked:
    """Look whether what is held and what is pending fit together."""
    return _count(connection, "SELECT count(*) FROM messages WHERE state = 'held'"), _told(
        connection, _APPROVALS
    )


def deliveries(connection: Any) -> Looked:
    """Look whether each delivery is of a message that may leave, for whom that names, with its attempts."""
    return _count(connection, "SELECT count(*) FROM deliveries"), _told(connection, _DELIVERIES)


def _told(connection: Any, questions: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(
        row[0] for each in questions for row in connection.execute(each, {"most": MOST_FAULTS}).fetchall()
    )


def _count(connection: Any, sql: str) -> int:
    count: int = connection.execute(sql).fetchone()[0]
    return count
