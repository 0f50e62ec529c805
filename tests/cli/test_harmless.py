"""Whatever strangers wrote, no renderer writes what a terminal obeys."""

import dataclasses
import importlib
import inspect
import io
import pkgutil
import types
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loftbox_cli.cli.conversation import conversation_lines
from loftbox_cli.cli.log_lines import log_lines
from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.core import views
from loftbox_cli.core.events import EventType
from loftbox_cli.core.message import Direction
from loftbox_cli.core.telling import sentence
from loftbox_cli.core.views.event import EventView
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.message import MessageView
from loftbox_cli.core.views.thread import ConversationView, TurnView

AT = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
OBEYED = {
    *map(chr, {*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")}),  # C0, DEL, C1
    *"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",  # bidirectional
    *"\u2028\u2029\ufeff\u200b",
}
WORST = "\x1b]0;owned\x07\x9b31m\r\nline\u202eevil\u2066\x00\x7f\x85\ud800> q\n> q\n> q\n"

hostile = st.text(
    alphabet=st.sampled_from([*sorted(OBEYED), "a", ">", " ", "\n", "\t", "日", "\ud800"]), max_size=40
)


def every_view() -> list[type[Any]]:
    """All views that a command may print."""
    found = []
    for module in pkgutil.iter_modules(views.__path__):
        for _, kind in inspect.getmembers(
            importlib.import_module(f"{views.__name__}.{module.name}"), inspect.isclass
        ):
            if (
                dataclasses.is_dataclass(kind)
                and kind.__module__.endswith(module.name)
                and hasattr(kind, "COLUMNS")
            ):
                found.append(kind)
    return found


def filled(hint: Any, text: str) -> Any:
    """A value of this type that says `text` wherever it can."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return filled(next(each for each in arguments if each is not types.NoneType), text)
    if origin is Literal:
        return arguments[0]
    if origin is tuple:
        return (filled(arguments[0], text),)
    if origin is not None and issubclass(origin, Mapping):
        return {text: filled(arguments[1], text)}
    return plainly_filled(getattr(origin or hint, "__supertype__", origin or hint), text)


def plainly_filled(hint: Any, text: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return filled_view(hint, text)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    return {datetime: AT, timedelta: timedelta(minutes=1), int: 1, bool: True}.get(hint, text)


def filled_view(kind: Any, text: str) -> Any:
    hints = get_type_hints(kind)
    return kind(**{each.name: filled(hints[each.name], text) for each in dataclasses.fields(kind)})


def is_harmless(shown: str) -> bool:
    return not OBEYED & set(shown)


def shown(mode: Mode, view: Any) -> str:
    screen = io.StringIO()
    out = Output(mode, (), screen, screen)
    out.show(view)
    out.listing([view, view], of=type(view))
    out.table([view], of=type(view))
    return screen.getvalue()


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", every_view(), ids=lambda kind: kind.__name__)
def test_no_view_in_any_form_reaches_the_terminal_as_it_came(kind: type[Any], mode: Mode) -> None:
    assert is_harmless(shown(mode, filled_view(kind, WORST)))


@given(hostile)
@example(WORST)
def test_a_message_shows_no_text_as_it_came(text: str) -> None:
    view = filled_view(MessageView, text)
    for mode in Mode:
        assert is_harmless(shown(mode, view))


@given(hostile)
@example(WORST)
def test_words_to_people_are_harmless_whoever_said_them(text: str) -> None:
    screen = io.StringIO()
    out = Output(Mode.TABLE, (), screen, screen)
    out.more(text)
    out.block(text)
    out.line(text)
    out.say(text)
    out.next(text)
    assert is_harmless(screen.getvalue())


@given(hostile, st.sampled_from(Direction))
@example(WORST, Direction.INBOUND)
@example(WORST, Direction.OUTBOUND)
def test_a_conversation_is_harmless_and_each_line_of_it_is_one(text: str, direction: Direction) -> None:
    turn = dataclasses.replace(filled_view(TurnView, text), direction=direction)
    messages = ListView(data=(turn,), has_more=False, next_cursor=None)
    view = dataclasses.replace(filled_view(ConversationView, text), messages=messages)
    for line in conversation_lines(view):
        assert is_harmless(line)
        assert "\n" not in line


@given(st.sampled_from(EventType), hostile)
def test_a_line_of_the_log_is_harmless_and_is_one(kind: EventType, text: str) -> None:
    about = (
        "detail",
        "reasons",
        "by",
        "words",
        "subject",
        "recipient",
        "why",
        "url",
        "domain",
        "from",
        "limit",
    )
    event = dataclasses.replace(
        filled_view(EventView, text), type=kind, data=dict.fromkeys(about, text) | {"review": text}
    )
    for line in log_lines([(AT, sentence(event))], now=AT):
        assert is_harmless(line)
        assert "\n" not in line
