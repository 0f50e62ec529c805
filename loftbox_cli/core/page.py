"""Lists come in pages, never cut silently: a cursor says that there is more."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)

MOST = 200

# The next step for a cursor that no page gave.
NEXT_CURSOR = "take next_cursor from the page before, or begin without a cursor"


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is wanted: `after` is the cursor of the page before, "" for the first."""

    limit: int = 50
    after: str = ""
    newest_first: bool = True


@dataclass(frozen=True, slots=True)
class PageOf(Generic[T_co]):
    """One page. `cursor` leads to the next; "" means that this was the last."""

    items: tuple[T_co, ...]
    cursor: str = ""
