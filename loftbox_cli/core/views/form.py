"""What all views have in common: how they become JSON, and how they stand in a list.

A view is a frozen dataclass whose fields, in their order, are the members of a JSON
object; their names are a promise. A field whose name would be a keyword carries an
underscore that JSON does not have: `from_` is "from". COLUMNS names what a table shows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Generic, Literal, TypeVar

from loftbox_cli.core.events import spell_time
from loftbox_cli.core.page import PageOf

T = TypeVar("T")
V = TypeVar("V")


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
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return spell_time(value)
    if isinstance(value, Mapping):
        return {name: as_json(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [as_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return object_of(value, [field.name for field in fields(value)])
    raise TypeError(f"a {type(value).__name__} is not for JSON")


def object_of(view: Any, names: Sequence[str]) -> dict[str, Any]:
    """Turn some fields of a view into a JSON object."""
    return {json_name(name): as_json(getattr(view, name)) for name in names}
