"""The text of a policy: TOML, and the line on which each of its values stands.

`tomllib` gives values without places, so the lines are found by a second, simple
look at the text. What it does not find is told at the line of what is around it.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loftbox_cli.core.errors import BadInput

MOST = 256 * 1024  # characters

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[{1,2})([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_WORD = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_AT_LINE = re.compile(r"\s*\(at line ([0-9]+), column [0-9]+\)")


@dataclass(frozen=True, slots=True)
class Source:
    """A document, and where its values stand. `place` names the file, "" when there is none."""

    document: Mapping[str, Any]
    lines: Mapping[Path, int]
    place: str

    def line(self, path: Path) -> int:
        """The line of a value, or of what is around it."""
        around = (self.lines.get(path[:length]) for length in range(len(path), 0, -1))
        return next(filter(None, around), 1)

    def at(self, path: Path) -> str:
        """The file and line of a value, or of what is around it."""
        return _where(self.place, self.line(path))


def read_source(text: str, *, place: str = "") -> Source:
    """Read TOML; raises BadInput that names the line."""
    if len(text) > MOST:
        raise BadInput(
            f"{place or 'the text'} is over {MOST} characters: this is no policy",
            fix="name a file of rules",
            field=field_of(place),
        )
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = _AT_LINE.search(str(error))
        where = _where(place, int(line[1]) if line else 1)
        words = _AT_LINE.sub("", str(error)) or "nested too deeply"
        raise BadInput(
            f"{where}: this is not TOML: {words}",
            fix="mend the line; texts stand in quotes",
            field=field_of(place),
        ) from None
    return Source(document, _lines(text), place)


def field_of(place: str) -> str:
    """The field that a text without a file came in; a file is named by its place."""
    return "" if place else "source"


def _where(place: str, line: int) -> str:
    return f"{place}:{line}" if place else f"line {line}"


def _lines(text: str) -> dict[Path, int]:
    lines: dict[Path, int] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            first, *rest = _names(header[2])
            if header[1] == "[[" and not rest:
                counts[first] = counts.get(first, -1) + 1
            table = (first, counts[first], *rest) if first in counts else (first, *rest)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_names(key[1]))
            for length in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:length], number)
    return lines


def _names(dotted: str) -> list[str]:
    return [word.strip("\"'") for word in _WORD.findall(dotted)] or [dotted]
