import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

import pytest
import typer

from loftbox_cli.cli.output import Mode, Output, report
from loftbox_cli.core.errors import BadInput, LoftBoxError
from loftbox_cli.core.page import PageOf


class State(StrEnum):
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Inner:
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Plain:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rich:
    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "state", "good")
    id: str
    state: State
    good: bool
    at: datetime | None
    took: timedelta
    path: Path
    many: tuple[Inner, ...]
    facts: dict[str, int]


VIEW = Rich(
    "msg_1",
    State.OPEN,
    True,
    datetime(2026, 11, 1, 9, 41, 2, 500, tzinfo=UTC),
    timedelta(minutes=90),
    Path("/x"),
    (Inner("a", 1), Inner("b", 2)),
    {"n": 1},
)


class Screen:
    def __init__(self, mode: Mode, *fields: str) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.output = Output(mode, fields, self.out, self.err)

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.out.getvalue().splitlines()]


def test_one_thing_is_shown_to_a_person_as_names_and_values() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.show(VIEW)
    assert screen.lines == ["id     msg_1", "state  open", "good   yes"]


def test_any_field_can_be_asked_for() -> None:
    screen = Screen(Mode.TABLE, "at", "took", "path", "many", "facts")
    screen.output.show(VIEW)
    assert screen.lines == [
        "at     2026-11-01T09:41:02Z",
        "took   1h30m",
        "path   /x",
        "many   a 1, b 2",
        "facts  n=1",
    ]


def test_one_thing_in_a_pipe_is_one_line_of_tabs() -> None:
    screen = Screen(Mode.TABS)
    screen.output.show(VIEW)
    assert screen.lines == ["msg_1\topen\ttrue"]


def test_one_thing_as_json_has_every_field() -> None:
    screen = Screen(Mode.JSON)
    screen.output.show(VIEW)
    assert json.loads(screen.out.getvalue()) == {
        "id": "msg_1",
        "state": "open",
        "good": True,
        "at": "2026-11-01T09:41:02.000Z",
        "took": 5400.0,
        "path": "/x",
        "many": [{"name": "a", "count": 1}, {"name": "b", "count": 2}],
        "facts": {"n": 1},
    }


def test_a_list_on_a_terminal_is_a_table_with_a_header() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.listing([VIEW, VIEW], of=Rich)
    assert screen.lines == ["id     state  good", "msg_1  open   yes", "msg_1  open   yes"]


def test_an_empty_table_still_shows_what_was_asked_for() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.listing([], of=Rich)
    assert screen.lines == ["id  state  good"]


def test_a_table_reads_no_markup_and_cuts_no_id() -> None:
    screen = Screen(Mode.TABLE)
    long = "x" * 300
    screen.output.listing([Plain("[red]id[/red] :smile:", long)], of=Plain)
    text = screen.out.getvalue()
    assert "[red]id[/red] :smile:" in text
    assert text.count("x") - "text".count("x") == 300


@pytest.mark.parametrize("width", [30, 60, 80])
def test_an_id_stays_whole_where_there_is_room_and_is_folded_where_there_is_none(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    screen = Screen(Mode.TABLE)
    name = "thread_06h0a06k7t116q8f"
    screen.output.listing([Plain(name, "word " * 40)], of=Plain)
    shown = "".join(line.split(" ")[0] for line in screen.lines[1:])
    assert shown == name
    assert (name in screen.out.getvalue()) == (width > 30)


def test_a_list_in_a_pipe_has_no_header_and_one_line_each() -> None:
    screen = Screen(Mode.TABS, "id", "took")
    screen.output.listing((view for view in [VIEW, VIEW]), of=Rich)
    assert screen.lines == ["msg_1\t1h30m", "msg_1\t1h30m"]


def test_a_list_as_json_is_the_list_object_of_the_api() -> None:
    screen = Screen(Mode.JSON, "id")
    screen.output.listing(PageOf((VIEW,), "c2"), of=Rich)
    page = {"object": "list", "data": [{"id": "msg_1"}], "has_more": True, "next_cursor": "c2"}
    assert json.loads(screen.out.getvalue()) == page
    assert screen.err.getvalue() == ""


def test_the_last_page_has_no_cursor() -> None:
    screen = Screen(Mode.JSON, "id")
    screen.output.listing([], of=Rich)
    page = {"object": "list", "data": [], "has_more": False, "next_cursor": None}
    assert json.loads(screen.out.getvalue()) == page


def test_a_person_is_told_how_to_get_the_next_page() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.listing(PageOf((VIEW,), "c2"), of=Rich)
    assert screen.err.getvalue() == "there is more: add --after c2\n"


def test_jsonl_is_one_object_a_line() -> None:
    screen = Screen(Mode.JSONL, "id", "good")
    screen.output.listing([VIEW, VIEW], of=Rich)
    assert screen.lines == ['{"id": "msg_1", "good": true}'] * 2


def test_ids_are_the_id_or_else_the_first_field() -> None:
    screen = Screen(Mode.IDS)
    screen.output.listing([VIEW], of=Rich)
    screen.output.show(Inner("first", 1))
    assert screen.lines == ["msg_1", "first"]


@pytest.mark.parametrize("mode", list(Mode))
def test_a_field_that_is_not_there_is_named_even_for_an_empty_list(mode: Mode) -> None:
    with pytest.raises(BadInput, match="'stat'") as caught:
        Screen(mode, "stat").output.listing([], of=Rich)
    assert caught.value.fix == "did you mean state?"
    with pytest.raises(BadInput) as caught:
        Screen(mode, "xyzzy").output.show(VIEW)
    assert caught.value.fix.startswith("the fields are: id, state, good, at")


def test_following_writes_each_view_when_it_comes() -> None:
    screen = Screen(Mode.TABS)
    seen: list[list[str]] = []

    def source() -> Iterator[Plain]:
        for number in range(3):
            yield Plain(f"evt_{number}", "x")
            seen.append(screen.lines)

    screen.output.follow(source(), of=Plain)
    assert seen[0] == ["evt_0\tx"]
    assert len(seen[2]) == 3


def test_following_on_a_terminal_keeps_columns_as_wide_as_they_were() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.follow([Plain("long-one", "x"), Plain("b", "y")], of=Plain)
    assert screen.lines == ["long-one  x", "b         y"]


def test_what_has_no_end_is_not_one_document() -> None:
    with pytest.raises(BadInput) as caught:
        Screen(Mode.JSON).output.follow([], of=Plain)
    assert caught.value.fix == "use --jsonl"


@dataclass(frozen=True, slots=True)
class Sent:
    COLUMNS: ClassVar[tuple[str, ...]] = ("from_",)
    id: str
    from_: str


@pytest.mark.parametrize("mode", [Mode.JSON, Mode.JSONL])
def test_a_field_has_its_json_name_wherever_it_is_named(mode: Mode) -> None:
    screen = Screen(mode, "from")
    screen.output.show(Sent("msg_1", "anna"))
    assert json.loads(screen.out.getvalue()) == {"from": "anna"}


def test_a_column_and_a_row_have_the_json_name_too() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.show(Sent("msg_1", "anna"))
    screen.output.listing([Sent("msg_1", "anna")], of=Sent)
    assert screen.lines == ["from  anna", "from", "anna"]


def test_without_an_id_a_thing_is_named_by_what_stands_first_in_a_table() -> None:
    @dataclass(frozen=True, slots=True)
    class Pause:
        COLUMNS: ClassVar[tuple[str, ...]] = ("target",)
        object: str
        target: str

    screen = Screen(Mode.IDS)
    screen.output.show(Pause("pause", "gateway"))
    assert screen.lines == ["gateway"]


@pytest.mark.parametrize("mode", list(Mode))
def test_what_stands_below_a_thing_is_for_people_alone(mode: Mode) -> None:
    screen = Screen(mode)
    screen.output.more("the text\x1b")
    screen.output.table([Plain("msg_1", "x")], of=Plain)
    screen.output.table([], of=Plain)
    told = ["", "the text", "", "id     text", "msg_1  x"] if mode is Mode.TABLE else []
    assert screen.lines == told


def test_whoever_chose_the_fields_gets_nothing_else() -> None:
    screen = Screen(Mode.TABLE, "id")
    screen.output.more("the text")
    screen.output.table([Plain("msg_1", "x")], of=Plain)
    assert screen.lines == []


@pytest.mark.parametrize("mode", list(Mode))
def test_fields_are_judged_before_there_is_anything_to_show(mode: Mode) -> None:
    with pytest.raises(BadInput, match="'stat'"):
        Screen(mode, "stat").output.expect(Rich)
    Screen(mode, "state").output.expect(Rich)


HOSTILE = "a\x1b[2J\tb\r\nc\x9b1m\u202ed\x7f\u2028e\udc80"


@pytest.mark.parametrize("mode", [Mode.TABLE, Mode.TABS])
def test_a_stranger_s_text_cannot_steer_a_terminal_or_forge_a_line_or_a_column(mode: Mode) -> None:
    screen = Screen(mode)
    screen.output.listing([Plain("evt_1", HOSTILE)], of=Plain)
    assert "a[2J b c1md e\ufffd" in screen.lines[-1]
    assert len(screen.lines) == (2 if mode is Mode.TABLE else 1)
    assert screen.lines[-1].count("\t") == (0 if mode is Mode.TABLE else 1)


@pytest.mark.parametrize("mode", [Mode.JSON, Mode.JSONL])
def test_json_is_printable_ascii_and_loses_nothing(mode: Mode) -> None:
    screen = Screen(mode)
    screen.output.show(Plain("evt_1", HOSTILE))
    text = screen.out.getvalue()
    assert all(32 <= ord(char) < 127 for char in text.replace("\n", ""))
    assert json.loads(text)["text"] == HOSTILE


def test_ids_too_are_made_safe() -> None:
    screen = Screen(Mode.IDS)
    screen.output.show(Plain("a\nb\x1bc", ""))
    assert screen.lines == ["a bc"]


def test_a_block_keeps_its_lines() -> None:
    screen = Screen(Mode.TABLE)
    screen.output.block("one\x1b\r\n\ttwo\n")
    assert screen.out.getvalue() == "one\n\ttwo\n"


@pytest.mark.parametrize(
    ("mode", "told"),
    [(Mode.TABLE, True), (Mode.TABS, True), (Mode.JSON, False), (Mode.JSONL, False), (Mode.IDS, False)],
)
def test_words_go_to_standard_error_and_only_to_people(mode: Mode, told: bool) -> None:
    screen = Screen(mode)
    screen.output.say("made\x1b it")
    screen.output.next("loftbox domain records example.com")
    words = "made it\nnext: loftbox domain records example.com\n" if told else ""
    assert (screen.out.getvalue(), screen.err.getvalue()) == ("", words)


def test_what_is_no_view_for_output_is_our_own_mistake() -> None:
    with pytest.raises(TypeError, match="bytes"):
        Screen(Mode.JSON).output.show(Plain("a", b"raw"))  # type: ignore[arg-type] # the mistake itself


@pytest.mark.parametrize(
    "options",
    [
        {"as_json": True, "as_jsonl": True, "ids_only": False},
        {"as_json": True, "as_jsonl": False, "ids_only": True},
        {"as_json": False, "as_jsonl": True, "ids_only": True},
    ],
)
def test_two_forms_at_once_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="exclude each other"):
        Output.chosen(fields="", **options)


class Gone(io.StringIO):
    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, text: str) -> int:
        assert text
        raise self.error


def test_a_reader_that_left_ends_the_command_quietly() -> None:
    output = Output(Mode.TABS, (), Gone(BrokenPipeError()), io.StringIO())
    with pytest.raises(typer.Exit) as caught:
        output.show(Plain("a", "b"))
    assert caught.value.exit_code == 0


def test_a_full_disk_behind_standard_output_is_told() -> None:
    output = Output(Mode.TABS, (), Gone(OSError(28, "No space left on device")), io.StringIO())
    with pytest.raises(LoftBoxError, match="No space left"):
        output.show(Plain("a", "b"))


def test_an_error_names_the_field_the_fact_and_the_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    report(BadInput("not one\x1b address", fix="write a@b.example", field="to"), as_json=False)
    assert capsys.readouterr().err == "to: not one address\nwrite a@b.example\n"


def test_an_error_for_a_program_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    report(BadInput("not one\x1b address", fix="write a@b.example", field="to"), as_json=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert json.loads(captured.err) == {
        "object": "error",
        "code": "invalid",
        "fact": "not one\x1b address",
        "fix": "write a@b.example",
        "field": "to",
    }
