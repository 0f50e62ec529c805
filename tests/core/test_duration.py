from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.duration import parse_duration, spell_duration
from loftbox_cli.core.errors import BadInput


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta()),
        ("200ms", timedelta(milliseconds=200)),
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("5d", timedelta(days=5)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_a_duration_reads_as_people_write_it(text: str, span: timedelta) -> None:
    assert parse_duration(text) == span


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1.5h", "30m1h", "5m5m", "5M", "\u0665m", "5m\n", "9999999s", "1w"]
)
def test_anything_else_is_refused_with_an_example_of_what_is_meant(text: str) -> None:
    with pytest.raises(BadInput, match="not a duration") as caught:
        parse_duration(text, field="retry")
    assert "5m" in caught.value.fix
    assert caught.value.field == "retry"


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(), "0s"),
        (timedelta(hours=24), "1d"),
        (timedelta(minutes=80), "1h20m"),
        (timedelta(milliseconds=1500), "1s500ms"),
    ],
)
def test_a_duration_is_spelled_in_its_shortest_form(span: timedelta, text: str) -> None:
    assert spell_duration(span) == text


@given(st.integers(min_value=0, max_value=10**12))
def test_what_is_spelled_reads_back_as_the_same_span(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)
    assert parse_duration(spell_duration(span)) == span


@given(st.text())
def test_any_text_is_a_duration_or_bad_input(text: str) -> None:
    with suppress(BadInput):
        assert parse_duration(text) >= timedelta()
