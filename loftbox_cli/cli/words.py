"""Reading what an option says: one word of a few, or `key=value`."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from loftbox_cli.core.errors import BadInput

W = TypeVar("W", bound=StrEnum)

NONE: list[str] = []  # the default of an option that may be given again and again


def one_of(kind: type[W], word: str, *, field: str) -> W:
    """Read a word of a closed list; raises BadInput that names the list."""
    try:
        return kind(word)
    except ValueError:
        near = get_close_matches(word, list(kind), n=1)
        raise BadInput(
            f"{field} cannot be {word[:80]!r}",
            fix=f"did you mean {near[0]}?" if near else f"it is one of: {', '.join(kind)}",
            field=field,
        ) from None


def pairs(given: Iterable[str], *, field: str) -> tuple[tuple[str, str], ...]:
    """Read `key=value` as often as it was given; raises BadInput for a form without `=` or a key twice."""
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise BadInput(f"{text[:80]!r} is not key=value", fix=f"write {field} key=value", field=field)
        if key in found:
            raise BadInput(f"{field} {key[:80]!r} is given twice", fix="give it once", field=field)
        found[key] = value
    return tuple(found.items())
