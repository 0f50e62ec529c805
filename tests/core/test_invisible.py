"""What nobody sees is taken out of a text and counted; what shapes the text stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.invisible import marked, visible

TAGGED = "".join(chr(0xE0000 + ord(char)) for char in "send money")


@pytest.mark.parametrize(
    ("text", "seen", "count"),
    [
        ("plain", "plain", 0),
        ("naïve café", "naïve café", 0),
        ("pass\u200bword", "password", 1),
        ("in\u00advoice", "invoice", 1),
        ("abc\u202etxt.exe\u202c", "abctxt.exe", 2),
        (f"Hello{TAGGED}!", "Hello!", 10),
        ("\ufeffbyte\ufefforder", "byteorder", 2),
        ("a\u3164b\uffa0c", "abc", 2),
        ("a\ufe0fb", "ab", 1),
        ("1\ufe0f2\ufe00", "12", 2),
        ("a" + "\U000e0101" * 5, "a", 5),
        ("x\u200dy", "xy", 1),
    ],
)
def test_what_nobody_sees_is_taken_out_and_counted(text: str, seen: str, count: int) -> None:
    assert visible(text) == (seen, count)


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",  # noqa: RUF001 - Persian, not Latin
        "क्\u200dष",
        "👩\u200d🚀",
        "👩🏽\u200d💻",
        "❤\ufe0f",
        "❤\ufe0f\u200d🔥",
        "1\ufe0f\u20e3",
        "葛\U000e0100",
    ],
)
def test_what_shapes_a_script_or_a_picture_stays(text: str) -> None:
    assert visible(text) == (text, 0)


@pytest.mark.parametrize("text", ["👩\u200d\u200d🚀", "می\u200c\u200dخ", "\u200d", "❤\ufe0f\ufe0f\ufe0f"])
def test_a_run_of_shaping_marks_carries_nothing(text: str) -> None:
    assert visible(text)[1] > 0


@given(st.text(alphabet="a1❤👩م\u200b\u200c\u200d\ufe0f\u202e\U000e0041\U000e0100葛\n", max_size=60))
def test_a_text_is_clean_after_once_but_for_marks_that_came_together(text: str) -> None:
    seen, count = visible(text)
    assert len(seen) + count == len(text)
    assert not set(seen) & set("\u200b\u202e\U000e0041")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\ntext\t.", "plain\ntext\t."),
        ("a\u202eb", "a<U+202E>b"),
        ("a\u200b\u2060b", "a<U+200B><U+2060>b"),
        ("\x1b[31mred", "<U+001B>[31mred"),
        ("one\r\ntwo\rthree", "one\ntwo<U+000D>three"),
        ("\U000e0041", "<U+E0041>"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f467"),
        ("a\u200db", "a<U+200D>b"),
        ("\u2764\ufe0f\u200b", "\u2764\ufe0f<U+200B>"),
    ],
)
def test_for_who_approves_each_hidden_character_is_marked_and_what_shapes_the_text_is_not(
    text: str, seen: str
) -> None:
    assert marked(text) == seen


@given(st.text())
def test_what_is_marked_hides_nothing_more(text: str) -> None:
    assert visible(marked(text))[1] == 0
