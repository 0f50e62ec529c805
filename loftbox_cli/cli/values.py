"""Views as data: which fields they have, and how a value is written for programs and for people.

A view is a frozen dataclass. Its class may name in COLUMNS what a table shows; all
other fields are there for `--json` and `--fields`, under the names of the API.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Any

from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import spell_time
from loftbox_cli.core.plain_text import plain_line
from loftbox_cli.core.views.form import json_name

Json = dict[str, Any]


def field_names(of: type[Any]) -> tuple[str, ...]:
    """All fields of a view."""
    return tuple(field.name for field in fields(of))


def columns(of: type[Any], chosen: Sequence[str]) -> tuple[str, ...]:
    """Choose what a table shows; raises BadInput for a field that the view does not have."""
    known = {json_name(name): name for name in field_names(of)}
    for name in chosen:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            raise BadInput(
                f"there is no field {plain_line(name)!r} here",
                fix=f"did you mean {near[0]}?" if near else f"the fields are: {', '.join(known)}",
                field="--fields",
            )
    return tuple(known[name] for name in chosen) or getattr(of, "COLUMNS", tuple(known.values()))


def id_of(view: Any) -> str:
    """The one value that names a view: its `id`, or else what stands first in a table."""
    name = "id" if "id" in field_names(type(view)) else columns(type(view), ())[0]
    return as_line(getattr(view, name), for_people=False)


def as_json(value: Any) -> Any:
    """Turn a value into what JSON has. Times are RFC 3339 in UTC, spans are seconds."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return spell_time(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return object_of(value, field_names(type(value)))
    if isinstance(value, Mapping):
        return {str(name): as_json(item) for name, item in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes):
        return [as_json(item) for item in value]
    raise TypeError(f"a {type(value).__name__} is not for output")


def object_of(view: Any, names: Sequence[str]) -> Json:
    """Turn some fields of a view into a JSON object."""
    return {json_name(name): as_json(getattr(view, name)) for name in names}


def as_line(value: Any, *, for_people: bool) -> str:
    """Write a value on one line, safe for a terminal. Programs get true and false, people yes and no."""
    if isinstance(value, bool):
        return ("yes" if value else "no") if for_people else str(value).lower()
    if value is None:
        return ""
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, timedelta):
        return spell_duration(value)
    if isinstance(value, str | int | float | Path):
        return plain_line(str(value))
    if isinstance(value, Mapping):
        return ", ".join(
            f"{plain_line(str(name))}={as_line(item, for_people=for_people)}" for name, item in value.items()
        )
    if is_dataclass(value) and not isinstance(value, type):
        return " ".join(
            filter(
                None,
                (as_line(getattr(value, name), for_people=for_people) for name in columns(type(value), ())),
            )
        )
    return ", ".join(as_line(item, for_people=for_people) for item in value)


def _seconds(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
