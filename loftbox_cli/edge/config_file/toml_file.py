"""A TOML file as dotted keys, each with the line that it stands on.

`tomllib` gives values without places, so the lines are found by a second, simple
look at the text. A place that it cannot find is shown as the table's line, or as
the file alone.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loftbox_cli.core.errors import BadConfiguration

_MOST = 1 << 20
_HEADER = re.compile(r"""\s*\[{1,2}\s*([\w."' -]+?)\s*\]{1,2}\s*(?:#|$)""")
_KEY = re.compile(r"""\s*([\w."'-]+(?:\s*\.\s*[\w"'-]+)*)\s*=""")
_QUOTES = re.compile(r"""["'\s]""")
_LINE_IN_MESSAGE = re.compile(r"\s*\(at line ([0-9]+), column [0-9]+\)")


@dataclass(frozen=True, slots=True)
class Found:
    """One value of the file. `place` is "file:line"."""

    key: str
    value: Any
    place: str


def read_toml(path: Path) -> Iterator[Found]:
    """Read a settings file; raises BadConfiguration naming file and line."""
    text = _text(path)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _LINE_IN_MESSAGE.search(str(error))
        where = f"{path}:{line[1]}" if line else str(path)
        raise BadConfiguration(
            f"{where}: this is not TOML: {_LINE_IN_MESSAGE.sub('', str(error))}",
            fix="mend the line; texts stand in quotes",
        ) from None
    lines = _lines(text)
    for section, content in document.items():
        if not isinstance(content, dict):
            yield Found(section, content, _place(path, lines, section))
            continue
        for key, value in content.items():
            dotted = f"{section}.{key}"
            yield Found(dotted, value, _place(path, lines, dotted))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST + 1)
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be read: {error.strerror}", fix="name the settings file with --config FILE"
        ) from error
    if len(content) > _MOST:
        raise BadConfiguration(
            f"{path} is over 1 MiB: this is no settings file", fix="name the settings file with --config FILE"
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadConfiguration(
            f"{path}:{line}: this is not UTF-8", fix="save the file in UTF-8, as TOML asks"
        ) from None


def _lines(text: str) -> dict[str, int]:
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _QUOTES.sub("", header[1])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            name = _QUOTES.sub("", key[1])
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def _place(path: Path, lines: dict[str, int], key: str) -> str:
    line = lines.get(key) or lines.get(key.split(".", maxsplit=1)[0])
    return f"{path}:{line}" if line else str(path)
