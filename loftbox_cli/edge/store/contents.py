"""Going through a whole store: its pages, and whether what is in it holds together.

The gateway may run meanwhile. Whatever one commit writes together is looked at by
one statement, which sees one moment; no read is long enough to keep the WAL growing,
but that of the pages.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from loftbox_cli.core.doctor.contents import Looked, Part
from loftbox_cli.edge.store import file, mail_contents
from loftbox_cli.edge.store.faults import in_our_words
from loftbox_cli.edge.store.quick_look import MOST_FAULTS, page_faults
from loftbox_cli.edge.store.sqlite import DatabaseError

_NEXT_BLOB = "SELECT rowid, sha256, raw FROM blobs WHERE rowid > :after ORDER BY rowid LIMIT 1"

_UNSERVED = """
SELECT messages.id, recipient.value FROM messages, json_each(messages.rcpt_to) AS recipient
WHERE messages.state = 'released' AND messages.direction = 'outbound' AND NOT EXISTS (
    SELECT 1 FROM deliveries WHERE message_id = messages.id AND deliveries.recipient = recipient.value
) LIMIT :most"""

# The oldest events may have gone with their time; between those that are there, none is missing.
_GAPS = """
SELECT seq, before FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM events)
WHERE seq != before + 1 LIMIT :most"""

# SQLite counts every seq that it gave: a smaller newest one says that events were taken away.
_COUNTED = """
SELECT coalesce(max(seq), 0), (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'events')
FROM events"""


def look_through(path: Path) -> Iterator[Looked]:
    """Look at each part in turn; raises what `open_reader` raises, and TryLater when the file is locked."""
    with closing(file.open_reader(path)) as connection:
        for part, look in _LOOKS.items():
            try:
                count, faults = look(connection)
            except DatabaseError as error:
                if "locked" in str(error):
                    raise in_our_words(error) from error
                count, faults = 0, (f"this part cannot be read: {error}",)
            yield Looked(part, count, faults)


def _pages(connection: Any) -> tuple[int, tuple[str, ...]]:
    return 0, page_faults(connection, "integrity_check")


def _references(connection: Any) -> tuple[int, tuple[str, ...]]:
    rows = connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_FAULTS)
    return 0, tuple(
        f"row {row} of {table} names a row of {parent} that is gone" for table, row, parent, _ in rows
    )


def _blobs(connection: Any) -> tuple[int, tuple[str, ...]]:
    count, place = 0, 0
    faults: list[str] = []
    while row := connection.execute(_NEXT_BLOB, {"after": place}).fetchone():
        place, name, raw = row
        count += 1
        if hashlib.sha256(raw).hexdigest() != name:
            faults.append(f"the raw mail {name} has other bytes than it came with")
    return count, tuple(faults[:MOST_FAULTS])


def _released(connection: Any) -> tuple[int, tuple[str, ...]]:
    rows = connection.execute(_UNSERVED, {"most": MOST_FAULTS}).fetchall()
    count = _count(
        connection, "SELECT count(*) FROM messages WHERE state = 'released' AND direction = 'outbound'"
    )
    return count, tuple(
        f"message {message} is released and has no delivery for {recipient}" for message, recipient in rows
    )


def _events(connection: Any) -> tuple[int, tuple[str, ...]]:
    newest, counted = connection.execute(_COUNTED).fetchone()
    faults = [
        f"events {before + 1} to {seq - 1} are gone"
        for seq, before in connection.execute(_GAPS, {"most": MOST_FAULTS})
    ]
    if newest and newest != counted:
        faults.append(f"events {newest + 1} to {counted} are gone")
    return _count(connection, "SELECT count(*) FROM events"), tuple(faults)


def _count(connection: Any, sql: str) -> int:
    count: int = connection.execute(sql).fetchone()[0]
    return count


_LOOKS: dict[Part, Callable[[Any], tuple[int, tuple[str, ...]]]] = {
    Part.PAGES: _pages,
    Part.REFERENCES: _references,
    Part.BLOBS: _blobs,
    Part.WORDS: mail_contents.words,
    Part.THREADS: mail_contents.threads,
    Part.APPROVALS: mail_contents.approvals,
    Part.RELEASED: _released,
    Part.DELIVERIES: mail_contents.deliveries,
    Part.EVENTS: _events,
}
