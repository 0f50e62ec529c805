"""The one place that writes to the terminal, a pipe or a script.

Results go to standard output, words to a person to standard error. On a terminal a
list is a table; in a pipe it is tab-separated lines without a header; `--json` is
one document, `--jsonl` one object a line, `-q` the ids alone. Mail is written by
strangers: what people see has lost its control characters, and JSON is ASCII with
everything else escaped.
"""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TextIO

import typer

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.typer_parts import UsageMistake
from loftbox_cli.cli.values import as_line, columns, field_names, id_of, object_of
from loftbox_cli.core.errors import BadInput, LoftBoxError
from loftbox_cli.core.page import PageOf
from loftbox_cli.core.plain_text import plain_line, plain_text
from loftbox_cli.core.views.form import json_name

_ROOM_FOR_IDS = 60  # columns of the terminal


class Mode(Enum):
    """The forms of a result."""

    TABLE = auto()
    TABS = auto()
    JSON = auto()
    JSONL = auto()
    IDS = auto()


@dataclass(frozen=True, slots=True)
class Output:
    """Where one command's result goes, and in which form."""

    mode: Mode
    fields: tuple[str, ...]
    stdout: TextIO
    stderr: TextIO

    @classmethod
    def plain(cls) -> "Output":
        """Choose by where standard output leads."""
        return cls(Mode.TABLE if sys.stdout.isatty() else Mode.TABS, (), sys.stdout, sys.stderr)

    @classmethod
    def chosen(cls, *, as_json: bool, as_jsonl: bool, ids_only: bool, fields: str) -> "Output":
        """Choose by the options that were given; raises BadInput when they exclude each other."""
        asked = [
            mode
            for mode, given in ((Mode.JSON, as_json), (Mode.JSONL, as_jsonl), (Mode.IDS, ids_only))
            if given
        ]
        if len(asked) > 1:
            raise BadInput("--json, --jsonl and -q exclude each other", fix="give one of them")
        plain = cls.plain()
        names = tuple(name.strip() for name in fields.split(",") if name.strip())
        return cls(asked[0] if asked else plain.mode, names, plain.stdout, plain.stderr)

    @property
    def for_people(self) -> bool:
        """Whether a person reads this on a terminal."""
        return self.mode is Mode.TABLE

    @property
    def for_reading(self) -> bool:
        """Whether a text may stand for the thing, as letters are read: on a terminal and in a pipe."""
        return self.mode in (Mode.TABLE, Mode.TABS) and not self.fields

    def expect(self, of: type[Any]) -> None:
        """Refuse `--fields` that views of this class do not have, before anything is changed."""
        columns(of, self.fields)

    def show(self, view: Any) -> None:
        """Write one thing."""
        names = columns(type(view), self.fields)
        if self.mode is Mode.TABLE:
            width = max(len(json_name(name)) for name in names)
            for name in names:
                value = as_line(getattr(view, name), for_people=True)
                self._line(f"{json_name(name):{width}}  {value}".rstrip())
        elif self.mode is Mode.JSON:
            self._line(_json(object_of(view, self._members(type(view))), indent=2))
        else:
            self._line(self._one(view, names))

    def listing(self, views: "Iterable[Any] | PageOf[Any]", *, of: type[Any]) -> None:
        """Write a list of views of the class `of`, or one page of it."""
        items, cursor = (views.items, views.cursor) if isinstance(views, PageOf) else (views, "")
        names = columns(of, self.fields)
        if self.mode is Mode.TABLE:
            self._table(items, names)
            if cursor:
                self.say(f"there is more: add --after {cursor}")
        elif self.mode is Mode.JSON:
            data = [object_of(view, self._members(of)) for view in items]
            page = {"object": "list", "data": data, "has_more": bool(cursor), "next_cursor": cursor or None}
            self._line(_json(page, indent=2))
        else:
            for view in items:
                self._line(self._one(view, names))

    def follow(self, views: Iterable[Any], *, of: type[Any]) -> None:
        """Write views as they come, without an end; one document cannot hold that."""
        if self.mode is Mode.JSON:
            raise BadInput("--json is one document, and this has no end", fix="use --jsonl", field="--json")
        names = columns(of, self.fields)
        lines = (
            _aligned(views, names) if self.mode is Mode.TABLE else (self._one(view, names) for view in views)
        )
        for line in lines:
            self._line(line)
            self._flush()

    def block(self, text: str) -> None:
        """Write a text that has lines of its own: a zone file, a message's body."""
        self._line(plain_text(text).removesuffix("\n"))

    def more(self, text: str) -> None:
        """Write what a person reads below a thing; programs find it among the fields."""
        if self.for_people and not self.fields and text:
            self._line("")
            self.block(text)

    def table(self, views: Iterable[Any], *, of: type[Any]) -> None:
        """Write a table that a person reads below a thing; programs find it among the fields."""
        views = tuple(views)
        if self.for_people and not self.fields and views:
            self._line("")
            self._table(views, columns(of, ()))

    def octets(self, raw: bytes) -> None:
        """Write bytes as they are; on a terminal only what is safe there."""
        if self.stdout.isatty():
            self.block(raw.decode("utf-8", "replace"))
            return
        self._flush()
        with _writing():
            self.stdout.buffer.write(raw)
            self.stdout.buffer.flush()

    def line(self, words: str) -> None:
        """Write one line that a person reads as it comes."""
        self._line(plain_line(words).rstrip())
        self._flush()

    @contextmanager
    def working(self, words: str) -> Iterator[None]:
        """Show on a terminal, while the block runs, that something is under way."""
        if self.mode is not Mode.TABLE or not self.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.text import Text

        with Console(file=self.stderr).status(Text(plain_line(words))):
            yield

    def say(self, words: str) -> None:
        """Tell a person something; programs that asked for JSON or ids are not told."""
        if self.mode in (Mode.TABLE, Mode.TABS):
            self._flush()
            self.stderr.write(plain_text(words) + "\n")

    def next(self, command: str) -> None:
        """Tell a person what to do next."""
        self.say(f"next: {command}")

    def _members(self, of: type[Any]) -> tuple[str, ...]:
        return columns(of, self.fields) if self.fields else field_names(of)

    def _one(self, view: Any, names: tuple[str, ...]) -> str:
        if self.mode is Mode.IDS:
            return id_of(view)
        if self.mode is Mode.JSONL:
            return _json(object_of(view, self._members(type(view))))
        return "\t".join(as_line(getattr(view, name), for_people=False) for name in names)

    def _table(self, views: Iterable[Any], names: tuple[str, ...]) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(file=self.stdout, highlight=False, markup=False, emoji=False)
        header = "" if os.environ.get("NO_COLOR") else "bold"
        table = Table(
            *map(json_name, names), box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=header
        )
        for name, column in zip(names, table.columns, strict=True):
            column.overflow = "fold"
            # An id in pieces cannot be copied; in a narrower window the rest would have no room.
            column.no_wrap = name == "id" and console.width >= _ROOM_FOR_IDS
        for view in views:
            table.add_row(*(Text(as_line(getattr(view, name), for_people=True)) for name in names))
        with _writing():
            console.print(table)

    def _line(self, line: str) -> None:
        with _writing():
            self.stdout.write(line + "\n")

    def _flush(self) -> None:
        with _writing():
            self.stdout.flush()


def report(error: LoftBoxError, *, as_json: bool) -> None:
    """Tell on standard error what went wrong and what to do; one JSON object for a program."""
    if as_json:
        _tell(error.code, error.fact, error.fix, error.field)
        return
    fact = error.fact if error.field in error.fact else f"{error.field}: {error.fact}"
    for sentence in filter(None, (fact, error.fix)):
        sys.stderr.write(plain_text(sentence) + "\n")


def report_usage(mistake: UsageMistake, *, as_json: bool) -> None:
    """Tell that a command was not understood, with its usage."""
    if as_json:
        _tell("usage", mistake.format_message(), "", "")
    else:
        mistake.show(sys.stderr)


def finish(code: int) -> int:
    """Write out what is buffered, and keep quiet when the reader of a pipe has left."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain: give it a place to write to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _tell(code: str, fact: str, fix: str, field: str) -> None:
    error = {"object": "error", "code": code, "fact": fact, "fix": fix, "field": field}
    sys.stderr.write(_json(error) + "\n")


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # As `head` does: the reader has what it wanted, and the command did its work.
        raise typer.Exit(ExitCode.DONE) from None
    except OSError as error:
        raise LoftBoxError(f"standard output cannot be written: {error.strerror}") from error


def _json(value: Any, *, indent: int | None = None) -> str:
    # json escapes all but ASCII, and leaves DEL, which terminals obey too.
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def _aligned(views: Iterable[Any], names: tuple[str, ...]) -> Iterator[str]:
    widths = [0] * len(names)
    for view in views:
        cells = [as_line(getattr(view, name), for_people=True) for name in names]
        widths = [max(width, len(cell)) for width, cell in zip(widths, cells, strict=True)]
        yield "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()
