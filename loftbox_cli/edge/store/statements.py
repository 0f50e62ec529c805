"""The few SQL statements that every table needs, written once for each.

By hand, because a message with its event costs 14 µs that way, and ten times as much
through SQLAlchemy's expressions or the ORM. Names are ours; every value is bound.
"""
# ruff: noqa: S608 - tables and columns are named by our own classes, never by a caller

from collections.abc import Iterator
from functools import cache
from typing import Any

# How often something lasting was changed, by whomever: a fact like others, so that all see the same.
COUNT_CHANGE = """INSERT INTO facts (name, value) VALUES ('lasting', 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1"""
_CHANGES = "SELECT value FROM facts WHERE name = 'lasting'"


def changes(connection: Any) -> str | None:
    """How often that was, as this connection sees it; None before the first time."""
    row = connection.execute(_CHANGES).fetchone()
    return row[0] if row else None


def quoted(names: tuple[str, ...]) -> str:
    """Column names in a row; some of ours, such as "references", are words of SQL."""
    return ", ".join(f'"{name}"' for name in names)


@cache
def insert_rows(table: str, columns: tuple[str, ...], count: int, *, ignore_twins: bool = False) -> str:
    """Insert so many full rows, whose values come one after the other."""
    row = f"({', '.join('?' * len(columns))})"
    verb = "INSERT OR IGNORE" if ignore_twins else "INSERT"
    return f'{verb} INTO "{table}" ({quoted(columns)}) VALUES {", ".join([row] * count)}'


def in_rows(count: int) -> Iterator[int]:
    """Divide a number of rows into few sizes, so that few statements do for all numbers."""
    for size in (32, 16):
        for _ in range(count // size):
            yield size
        count %= size
    if count:
        yield count


@cache
def update_by(table: str, keys: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Write the columns of the one row with these keys."""
    changes = ", ".join(f'"{name}" = :{name}' for name in columns if name not in keys)
    return f'UPDATE "{table}" SET {changes} WHERE {_equal(keys)}'


@cache
def delete_by(table: str, given: tuple[str, ...]) -> str:
    """Delete the rows that fit."""
    return f'DELETE FROM "{table}" WHERE {_equal(given)}'


@cache
def select_where(table: str, columns: tuple[str, ...], given: tuple[str, ...]) -> str:
    """Select rows by equality, oldest first."""
    return f'SELECT {quoted(columns)} FROM "{table}" WHERE {_equal(given)} ORDER BY rowid'


@cache
def count_where(table: str, given: tuple[str, ...]) -> str:
    """Count rows by equality."""
    return f'SELECT count(*) FROM "{table}" WHERE {_equal(given)}'


def _equal(names: tuple[str, ...]) -> str:
    return " AND ".join(f'"{name}" = :{name}' for name in names) or "1"
