"""What all views have in common: how they become JSON, and how they stand in a list.

A view is a frozen dataclass whose fields, in their order, are the members of a JSON
object; their names are a promise. A field whose name would be a keyword carries an
underscore that JSON does not have: `from_` is "from". COLUMNS names what a table shows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Generic, Literal, TypeVar

from loftbox_cli.core.events import spell_time
from loftbox_cli.core.page import PageOf

T = TypeVar("T")
V = TypeVar("V")

_AS_IT_IS = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ListView(Generic[V]):
    """One page of a list. `next_cursor` leads to the next page, null on the last."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("data",)

    object: Literal["list"] = "list"
    data: tuple[V, ...]
    has_more: bool
    next_cursor: str | None


def list_view(page: PageOf[T], view: Callable[[T], V]) -> ListView[V]:
    """Show each thing on a page."""
    return ListView(
        data=tuple(view(item) for item in page.items),
        has_more=bool(page.cursor),
        next_cursor=page.cursor or None,
    )


def json_name(field: str) -> str:
    """The name that a field of a view has in JSON."""
    return field.removesuffix("_")


def as_json(value: Any) -> Any:
    """Turn a view, or a value in one, into what JSON has. Times are RFC 3339 in UTC."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    return _form_of(kind)(value)  # type: ignore[arg-type]  # mypy does not know that a class is hashable


@cache
def _form_of(kind: type[Any]) -> Callable[[Any], Any]:
    """How values of this type are written: found out once for each, as every answer is made of them."""
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, str | int):
        return _as_it_is
    if issubclass(kind, datetime):
        return spell_time
    if issubclass(kind, Mapping):
        return lambda mapping: {name: as_json(item) for name, item in mapping.items()}
    if issubclass(kind, Iterable) and not issubclass(kind, bytes):
        return lambda items: [as_json(item) for item in items]
    if is_dataclass(kind):
        members = [(json_name(field.name), field.name) for field in fields(kind)]
        return lambda view: {name: as_json(getattr(view, field)) for name, field in members}
    raise TypeError(f"a {kind.__name__} is not for JSON")


def _as_it_is(value: Any) -> Any:
    return value
