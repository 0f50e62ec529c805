"""One table seen as a shelf of values: put one there, find it, write it again.

A shelf remembers what it wrote and what it read by its key, and of what seldom changes
every answer. Who has the connection says when that is to be forgotten. Of a value that
it remembers it writes only what has changed: a column that stays costs no index and
no look at the row that it points to.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

from loftbox_cli.core.errors import AlreadyExists, BadInput, NotFound
from loftbox_cli.core.page import NEXT_CURSOR, Page, PageOf
from loftbox_cli.edge.store import statements
from loftbox_cli.edge.store.catalogue import Place
from loftbox_cli.edge.store.codec import dump
from loftbox_cli.edge.store.memory import Memory
from loftbox_cli.edge.store.sqlite import IntegrityError

T = TypeVar("T")

MOST_ANSWERS = 2_000  # values in answers that are remembered

# The commands that list a noun, where there is one.
LISTED = {
    **{
        noun: noun
        for noun in (
            "agent",
            "domain",
            "key",
            "mailbox",
            "message",
            "person",
            "suppression",
            "thread",
            "webhook",
        )
    },
    "approval": "approvals",
    "policy": "policy",
}


class Connection(Protocol):
    """What the store uses of a DBAPI connection."""

    def execute(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ..., /) -> Any:
        """Run one statement."""
        ...


class TableShelf(Generic[T]):
    """The values of one kind. `written` is called with each value that is put there or changed.

    In `remembering` a shelf enters itself when it remembers something; who has the connection
    shares one set among all its shelves.
    """

    def __init__(self, connection: Connection, place: Place[T]) -> None:
        self._connection = connection
        self._table = place.table
        self._codec = place.codec
        self._noun = place.noun
        self._keys = place.keys
        self.lasting = place.lasting
        self._known: dict[tuple[tuple[str, object], ...], list[T]] = {}
        self._counted = 0
        self._rows: Memory[T] = Memory()
        self.written: Callable[[T], None] | None = None
        self.remembering: set[TableShelf[Any]] = set()

    def add(self, value: T) -> None:
        """Put a new value there; raises AlreadyExists when its name or key is taken."""
        self._insert(value)

    def _insert(self, value: T) -> int:
        """The same; answers the number of the row."""
        try:
            sql = statements.insert_rows(self._table, self._codec.names, 1)
            row: int = self._connection.execute(sql, self._codec.columns(value)).lastrowid
        except IntegrityError as error:
            if "UNIQUE" not in str(error):
                raise
            taken = str(error).rpartition(".")[2]
            raise AlreadyExists(
                f"another {self._noun} has this {taken} already: {self._codec.row(value).get(taken, '')}",
                fix=f"choose another {taken}",
                field=taken,
            ) from None
        self._changed(value)
        return row

    def add_all(self, values: Sequence[T]) -> None:
        """Put new values there in as few statements as may be; raises AlreadyExists likewise."""
        begin = 0
        for size in statements.in_rows(len(values)):
            some = values[begin : begin + size]
            begin += size
            try:
                self._connection.execute(
                    statements.insert_rows(self._table, self._codec.names, size),
                    [column for value in some for column in self._codec.columns(value)],
                )
            except IntegrityError as error:
                if "UNIQUE" not in str(error):
                    raise
                taken = str(error).rpartition(".")[2]
                raise AlreadyExists(
                    f"another {self._noun} has this {taken} already",
                    fix=f"choose another {taken}",
                    field=taken,
                ) from None
        for value in values:
            self._changed(value)

    def save(self, value: T) -> None:
        """Write a value that is already there."""
        before = self._rows.get(self._key_of(value))
        row = self._codec.row(value) if before is None else self._codec.changes(before, value)
        if row:
            sql = statements.update_by(self._table, self._keys, tuple(row))
            self._connection.execute(sql, row | {name: getattr(value, name) for name in self._keys})
        self._changed(value)

    def remove(self, **where: object) -> int:
        """Take away what fits, and say how many that were."""
        done = self._connection.execute(statements.delete_by(self._table, tuple(where)), self.columns(where))
        self.forget()
        self._count_change()
        count: int = done.rowcount
        return count

    def get(self, key: str) -> T:
        """The value with this key; raises NotFound."""
        found = self.find(**{self._keys[0]: key})
        if found is None:
            command = LISTED.get(self._noun)
            fix = f"loftbox {command} list shows what there is" if command else ""
            raise NotFound(f"there is no {self._noun} {key}", fix=fix)
        return found

    def find(self, **where: object) -> T | None:
        """The oldest value that fits, or None."""
        if self.lasting:
            return next(iter(self._remembered(where)), None)
        known = self._known_row(where)
        if known is not None:
            return known if all(getattr(known, name) == wanted for name, wanted in where.items()) else None
        row = self._select(where).fetchone()
        return None if row is None else self._noted(self._codec.read(row))

    def all(self, **where: object) -> list[T]:
        """Every value that fits, oldest first."""
        if self.lasting:
            return list(self._remembered(where))
        if all(isinstance(where.get(name), str | int) for name in self._keys):
            found = self.find(**where)
            return [] if found is None else [found]
        return self._read(where)

    def forget(self) -> None:
        """Read everything again from now on."""
        self._rows.forget()
        self._forget_answers()

    def _forget_answers(self) -> None:
        self._known.clear()
        self._counted = 0

    def _count_change(self) -> None:
        """Let every connection know that what it read of this may stand no more."""
        if self.lasting:
            self._connection.execute(statements.COUNT_CHANGE)

    def _changed(self, value: T) -> None:
        self._forget_answers()
        self._count_change()
        self._noted(value)
        if self.written is not None:
            self.written(value)

    def _noted(self, value: T) -> T:
        if not self.lasting:
            self.remembering.add(self)
            self._rows.put(self._key_of(value), value, self._codec.texts(value))
        return value

    def _key_of(self, value: T) -> tuple[object, ...]:
        return tuple([getattr(value, name) for name in self._keys])

    def _known_row(self, where: Mapping[str, object]) -> T | None:
        """The row with the key that is asked for, if it is and we remember it."""
        if not all(name in where for name in self._keys):
            return None
        return self._rows.get(tuple([where[name] for name in self._keys]))

    def _remembered(self, where: Mapping[str, object]) -> list[T]:
        asked = tuple(where.items())
        answer = self._known.get(asked)
        if answer is None:
            answer = self._read(where)
            if self._counted > MOST_ANSWERS:
                self._forget_answers()
            self.remembering.add(self)
            self._known[asked] = answer
            self._counted += len(answer) + 1
        return answer

    def _read(self, where: Mapping[str, object]) -> list[T]:
        if any(isinstance(wanted, frozenset) for wanted in where.values()):
            conditions = " AND ".join(condition(name, wanted) for name, wanted in where.items())
            return self.query(f"WHERE {conditions} ORDER BY rowid", self.columns(where))
        return [self._codec.read(row) for row in self._select(where)]

    def count(self, **where: object) -> int:
        """How many fit."""
        sql = statements.count_where(self._table, tuple(where))
        number: int = self._connection.execute(sql, self.columns(where)).fetchone()[0]
        return number

    def query(self, rest: str, parameters: Mapping[str, Any] | None = None) -> list[T]:
        """The values that a WHERE, ORDER BY or LIMIT of our own picks."""
        columns = statements.quoted(self._codec.names)
        sql = f'SELECT {columns} FROM "{self._table}" {rest}'  # noqa: S608  names are ours, values are bound
        return [self._codec.read(row) for row in self._connection.execute(sql, parameters or {})]

    def page(self, page: Page, *among: str, **where: object) -> PageOf[T]:
        """One page in the order in which the values were stored, and the key of its last one as cursor.

        A frozenset as condition means any of its members; `among` are conditions in SQL of our own.
        """
        key = self._keys[0]
        conditions = [*among, *(condition(name, value) for name, value in where.items())]
        columns = self.columns(where)
        if page.after:
            conditions.append(f"rowid {'<' if page.newest_first else '>'} :place")
            columns["place"] = self.place_of(page.after)
        where_text = "WHERE " + " AND ".join(conditions) if conditions else ""
        order = "DESC" if page.newest_first else "ASC"
        found = self.query(
            f"{where_text} ORDER BY rowid {order} LIMIT :most", {**columns, "most": page.limit + 1}
        )
        shown = tuple(found[: page.limit])
        more = len(found) > page.limit
        cursor = str(getattr(shown[-1], key)) if more else ""
        return PageOf(shown, cursor)

    def place_of(self, cursor: str) -> int:
        """The place of the value that a cursor names; raises BadInput when there is none."""
        key = self._keys[0]
        row = self._connection.execute(
            f'SELECT rowid FROM "{self._table}" WHERE "{key}" = :cursor',  # noqa: S608  names are ours
            {"cursor": cursor},
        ).fetchone()
        if row is None:
            raise BadInput(f"the cursor {cursor} points nowhere", fix=NEXT_CURSOR, field="cursor")
        place: int = row[0]
        return place

    def _select(self, where: Mapping[str, object]) -> Any:
        sql = statements.select_where(self._table, self._codec.names, tuple(where))
        return self._connection.execute(sql, self.columns(where))

    def columns(self, where: Mapping[str, object]) -> dict[str, Any]:
        """What a statement binds for these conditions; a frozenset means any of its members."""
        return {
            name: dump(sorted(value)) if isinstance(value, frozenset) else self._codec.column(name, value)
            for name, value in where.items()
        }


def condition(name: str, value: object) -> str:
    """One condition in SQL, for what `columns` binds."""
    if isinstance(value, frozenset):
        return f'"{name}" IN (SELECT value FROM json_each(:{name}))'  # noqa: S608  names are ours
    return f'"{name}" = :{name}'
