"""SQL made once from the tables, run by hand afterwards.

SQLAlchemy's Core writes the statement and we keep the text: a message with its
event costs 14 µs that way, and ten times as much when each execution goes through
the expression language or the ORM.
"""

from functools import cache
from typing import Any

from sqlalchemy import Executable, Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="named")


def text_of(statement: Executable) -> str:
    """The SQL of a Core statement, with `:name` parameters."""
    return str(statement.compile(dialect=_DIALECT))  # type: ignore[attr-defined]  # Executable is the public name


@cache
def insert_into(table: Table, *, ignore_twins: bool = False) -> str:
    """Insert one full row."""
    statement = insert(table)
    return text_of(statement.prefix_with("OR IGNORE") if ignore_twins else statement)


@cache
def update_by(table: Table, keys: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Write the columns of the one row with these keys."""
    statement = update(table).values({name: bindparam(name) for name in columns if name not in keys})
    for key in keys:
        statement = statement.where(table.c[key] == bindparam("key_" + key))
    return text_of(statement)


@cache
def delete_by(table: Table, keys: tuple[str, ...]) -> str:
    """Delete the rows with these keys."""
    statement = delete(table)
    for key in keys:
        statement = statement.where(table.c[key] == bindparam(key))
    return text_of(statement)


@cache
def select_where(table: Table, columns: tuple[str, ...], given: tuple[str, ...]) -> str:
    """Select rows by equality, oldest first."""
    statement = select(*(table.c[name] for name in columns))
    for name in given:
        statement = statement.where(table.c[name] == bindparam(name))
    return text_of(statement) + " ORDER BY rowid"


@cache
def count_where(table: Table, given: tuple[str, ...]) -> str:
    """Count rows by equality."""
    statement: Any = select(func.count()).select_from(table)
    for name in given:
        statement = statement.where(table.c[name] == bindparam(name))
    return text_of(statement)
