"""A store that was filled by the product's own verbs, many times over.

The verbs would take an hour for a million messages. So some conversations are made by
them, and every row that they left in any table is then copied as often as it takes,
in bulk: with ids, Message-IDs, return paths, people, hashes and times of its own, and
with the places in the log that follow from it. Each copy is later than the one before,
so that rows, ids and times grow together as they do in life. What is not made anew are
signatures in stored webhook bodies, and what a peer or a webhook once said.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from loftbox_cli.core import tag
from loftbox_cli.core.ids import ALPHABET, LENGTH, MessageId, base32
from loftbox_cli.edge.store import catalogue, statements

# What conversations leave behind. Where a row points to another, that one comes first.
TABLES = (
    *("blobs", "arrivals", "threads", "mentions", "participants", "messages", "words"),
    *("events", "deliveries", "attempts", "notifications", "notification_attempts"),
)
NUMBERED = {"messages", "words"}  # their rows share numbers
PLACES_IN_LOG = {("events", "seq"), ("notifications", "event_seq")}
CROWD = "x000000"  # in the names of people: which copy they belong to

_BETWEEN = "\x1f"  # no text that is copied holds it
_NAMES = re.compile(
    rf"((?:msg|thread|req|evt|dlv|ntf)_[{ALPHABET}]{{{LENGTH}}}"
    rf"|[{ALPHABET}]{{{LENGTH}}}\.[{ALPHABET}]{{13}}@[a-z.]+"
    rf"|[0-9a-f]{{64}}|{CROWD})"
)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column of all rows that are copied. `pieces` is its text, cut at each name that changes."""

    name: str
    cells: Sequence[Any]
    pieces: tuple[str, ...] = ()
    is_time: bool = False
    is_place: bool = False


class Copier:
    """Copies what was written to a new store since `since`, the places where its tables then ended."""

    def __init__(
        self, connection: Any, since: Mapping[str, int], *, span: timedelta, tag_secret: bytes
    ) -> None:
        self._connection = connection
        self._span = span
        self._tag_secret = tag_secret
        self._since = since
        self._rows = {table: self._read(table) for table in TABLES}
        self._steps = {table: ends(connection, table) - since[table] for table in ("messages", "events")}

    def copy(self, number: int) -> None:
        """Write the copy with this number, counted from 1."""
        names = _Names(number, self._span, self._tag_secret)
        blobs = {column.name: column for column in self._rows["blobs"]}
        raws = _replaced(blobs["raw"], names)
        for old, raw in zip(blobs["sha256"].cells, raws, strict=True):
            names.known[old] = hashlib.sha256(raw).hexdigest()
        self._connection.execute("BEGIN")
        for table, columns in self._rows.items():
            cells = [self._cells(column, number, names) for column in columns]
            # Bytes in which nothing changes are kept once.
            once = table == "blobs"
            sql = statements.insert_rows(
                table, tuple(column.name for column in columns), 1, ignore_twins=once
            )
            self._connection.executemany(sql, zip(*cells, strict=True))
        self._connection.execute("COMMIT")

    def _cells(self, column: _Column, number: int, names: "_Names") -> Sequence[Any]:
        if column.pieces:
            return _replaced(column, names)
        step = 0
        if column.is_time:
            step = number * (self._span // timedelta(microseconds=1))
        elif column.name == "rowid":
            step = number * self._steps["messages"]
        elif column.is_place:
            step = number * self._steps["events"]
        return [None if cell is None else cell + step for cell in column.cells] if step else column.cells

    def _read(self, table: str) -> list[_Column]:
        times = _times(table)
        columns = [row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")]
        if table in NUMBERED:
            columns.insert(0, "rowid")
        rows = self._connection.execute(
            f"SELECT {statements.quoted(tuple(columns))} FROM {table} WHERE rowid > ? ORDER BY rowid",  # noqa: S608  names of our own
            (self._since[table],),
        ).fetchall()
        cells = zip(*rows, strict=True) if rows else [()] * len(columns)
        return [
            _Column(
                name,
                each,
                tuple(_NAMES.split(_BETWEEN.join(map(_text, each)))) if _holds_text(each) else (),
                is_time=name in times,
                is_place=(table, name) in PLACES_IN_LOG,
            )
            for name, each in zip(columns, cells, strict=True)
        ]


class _Names(dict[str, str]):
    """What each name is called in one copy."""

    def __init__(self, number: int, span: timedelta, tag_secret: bytes) -> None:
        super().__init__()
        self.known: dict[str, str] = {}
        self._number = number
        self._step = number * (span // timedelta(milliseconds=1)) << 32
        self._tag_secret = tag_secret

    def __missing__(self, name: str) -> str:
        self[name] = self._new(name)
        return self[name]

    def _new(self, name: str) -> str:
        if name == CROWD:
            return f"x{self._number:06}"
        prefix, _, rest = name.partition("_")
        if rest:
            return f"{prefix}_{self._moved(rest)}"
        if len(name) == 64:
            return self.known.get(name) or hashlib.sha256(f"{self._number} {name}".encode()).hexdigest()
        local, _, host = name.partition("@")
        message_id = MessageId("msg_" + self._moved(local.partition(".")[0]))
        if host.startswith(f"{tag.RETURN_PATH_LABEL}."):
            return tag.return_path(message_id, host.partition(".")[2], self._tag_secret)
        return tag.rfc_message_id(message_id, host, self._tag_secret).strip("<>")

    def _moved(self, name: str) -> str:
        """The same id, so much later."""
        number = 0
        for letter in name:
            number = number << 5 | ALPHABET.index(letter)
        return base32(number + self._step, LENGTH)


def ends(connection: Any, table: str) -> int:
    """Where a table ends."""
    return connection.execute(f"SELECT ifnull(max(rowid), 0) FROM {table}").fetchone()[0]  # type: ignore[no-any-return]  # noqa: S608  names of our own


def _times(table: str) -> set[str]:
    """The columns of a table that hold times."""
    places = [place for place in catalogue.ALL if place.table == table]
    return {
        name
        for place in places
        for name, field in place.value.__dataclass_fields__.items()
        if field.type is datetime or datetime in get_args(field.type)
    }


def _holds_text(cells: Sequence[Any]) -> bool:
    return any(isinstance(cell, str | bytes) for cell in cells)


def _text(cell: str | bytes | None) -> str:
    return cell.decode("latin-1") if isinstance(cell, bytes) else cell or ""


def _replaced(column: _Column, names: _Names) -> list[Any]:
    pieces = list(column.pieces)
    pieces[1::2] = map(names.__getitem__, pieces[1::2])
    return list(map(_like, column.cells, "".join(pieces).split(_BETWEEN)))


def _like(old: str | bytes | None, new: str) -> str | bytes | None:
    if old is None:
        return None
    return new.encode("latin-1") if isinstance(old, bytes) else new


def copies(connection: Any, copier: Copier, count: int) -> Iterator[int]:
    """Write so many copies, as fast as the disk takes them; says after each how many there are."""
    # Nothing here has to outlive a power cut, and the indexes of a million rows want room.
    for pragma in ("synchronous = OFF", "cache_size = -1500000", "wal_autocheckpoint = 100000"):
        connection.execute(f"PRAGMA {pragma}")
    for number in range(1, count + 1):
        copier.copy(number)
        yield number
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
