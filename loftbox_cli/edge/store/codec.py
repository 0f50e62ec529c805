"""Values of the core to columns and back.

One codec for each dataclass, made once from its type hints: times become integers
(microseconds since 1970, UTC), enumerations their text, tuples and mappings JSON.
Everything else is stored as it is.
"""

import dataclasses
import json
import types
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from json.encoder import encode_basestring
from operator import attrgetter
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

T = TypeVar("T")
Move = Callable[[Any], Any]


class Codec(Generic[T]):
    """Moves values of one dataclass in and out of rows, in the order of its fields."""

    def __init__(self, value: type[T]) -> None:
        hints = _hints(value)
        self.value = value
        self.names = tuple(hints)
        self._fields = attrgetter(*self.names)
        self._texts = [name for name in self.names if hints[name] in (str, bytes)]
        moves = {name: _moves(hints[name]) for name in self.names}
        # Only the columns that need a change are touched: most are stored as they are.
        self._encoders = {name: move[0] for name, move in moves.items() if move}
        self._places = [(place, move[0]) for place, move in enumerate(moves.values()) if move]
        self._decoders = [(place, move[1]) for place, move in enumerate(moves.values()) if move]

    def columns(self, value: T) -> list[Any]:
        """What to store, in the order of the fields."""
        columns = list(self._fields(value))
        for place, encode in self._places:
            if columns[place] is not None:
                columns[place] = encode(columns[place])
        return columns

    def row(self, value: T) -> dict[str, Any]:
        """Column names and what to store in them."""
        row: dict[str, Any] = dict(zip(self.names, self._fields(value), strict=True))
        for name, encode in self._encoders.items():
            if row[name] is not None:
                row[name] = encode(row[name])
        return row

    def changes(self, before: T, after: T) -> dict[str, Any]:
        """Where two values differ: column names and what to store in them."""
        pairs = zip(self.names, self._fields(before), self._fields(after), strict=True)
        return {name: self.column(name, new) for name, old, new in pairs if old is not new and old != new}

    def texts(self, value: T) -> int:
        """About how many octets the long texts of a value take; ids and lists are short."""
        return sum([len(getattr(value, name)) for name in self._texts])

    def column(self, name: str, value: Any) -> Any:
        """What one field looks like in its column, for conditions."""
        encode = self._encoders.get(name)
        return value if encode is None or value is None else encode(value)

    def read(self, row: Sequence[Any]) -> T:
        """The value again, from a row in the order of the fields."""
        values = list(row)
        for place, decode in self._decoders:
            if values[place] is not None:
                values[place] = decode(values[place])
        return self.value(*values)


def _hints(value: Any) -> dict[str, Any]:
    return {field.name: field.type for field in dataclasses.fields(value)}


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970; raises TypeError for a naive time."""
    return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
    """The aware time again."""
    return EPOCH + timedelta(microseconds=micros)


def _plain(value: Any) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


_encode = json.JSONEncoder(default=_plain, ensure_ascii=False, separators=(",", ":")).encode


def dump(value: object) -> str:
    """Write a list, mapping or frozen value as compact JSON."""
    return _encode(value) if value != () else "[]"  # most lists of most mails are empty


def _moves(hint: Any) -> tuple[Move, Move] | None:
    """How a field of this type goes into its column, and out again; None for "as it is"."""
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (option for option in get_args(hint) if option is not types.NoneType)
    if hint is datetime:
        return to_micros, from_micros
    if hint is bool:
        return int, bool
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return str, hint
    if get_origin(hint) is tuple:
        write, read = _list_writer(get_args(hint)[0]), _list_reader(get_args(hint)[0])
        return write, lambda text: () if text == "[]" else read(text)
    if get_origin(hint) in (Mapping, dict):
        return (lambda value: dump(value) if value else "{}"), json.loads
    return None


def _list_writer(item: Any) -> Move:
    """Write what `dump` writes. Most lists hold texts, or values made of texts, and go without an encoder."""
    if item is str:
        return lambda texts: f"[{','.join(map(encode_basestring, texts))}]"
    if dataclasses.is_dataclass(item) and isinstance(item, type) and set(_hints(item).values()) == {str}:
        names = tuple(_hints(item))
        form = f"{{{','.join(f'{encode_basestring(name)}:%s' for name in names)}}}"
        fields = attrgetter(*names)

        def write(values: Sequence[Any]) -> str:
            return f"[{','.join([form % tuple(map(encode_basestring, fields(each))) for each in values])}]"

        return write if len(names) > 1 else dump
    return dump


def _word_of(hint: Any) -> type[StrEnum] | None:
    """The enumeration that a hint names, perhaps as one that may be missing."""
    for option in get_args(hint) or (hint,):
        if isinstance(option, type) and issubclass(option, StrEnum):
            return option
    return None


def _list_reader(item: Any) -> Move:
    if dataclasses.is_dataclass(item) and isinstance(item, type):
        hints = _hints(item)
        lists = [name for name, hint in hints.items() if get_origin(hint) is tuple]
        words = {name: word for name, hint in hints.items() if (word := _word_of(hint))}
        if not lists and not words:
            return lambda text: tuple([item(**fields) for fields in json.loads(text)])

        def build(fields: dict[str, Any]) -> Any:
            read: dict[str, Any] = {name: tuple(fields[name]) for name in lists}
            read |= {name: word(fields[name]) for name, word in words.items() if fields[name] is not None}
            return item(**fields | read)

        return lambda text: tuple(build(fields) for fields in json.loads(text))
    if isinstance(item, type) and issubclass(item, StrEnum):
        return lambda text: tuple(item(word) for word in json.loads(text))
    return lambda text: tuple(json.loads(text))
