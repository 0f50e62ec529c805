import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.plain_text import plain_line, plain_text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07hello", "[2J]0;ownedhello"),
        ("\x9b31mred\x9c", "31mred"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u2066left\u2069\u200f\u061c", "left"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag\U000e0041\U000e007f", "tag"),
        ("lone \udc80 surrogate", "lone \ufffd surrogate"),
        ("Grüße, 你好, क्\u200dष", "Grüße, 你好, क्\u200dष"),
    ],
)
def test_what_a_terminal_would_obey_is_dropped_and_the_rest_stays(hostile: str, shown: str) -> None:
    assert plain_line(hostile) == shown
    assert plain_text(hostile) == shown


def test_a_line_stays_one_line_whatever_is_in_it() -> None:
    assert plain_line("a\r\nb\nc\rd\te\x0bf\x0cg\x85h\u2028i\u2029j") == "a b c d e f g h i j"


def test_a_text_keeps_its_lines_and_no_bare_return_can_overwrite_one() -> None:
    assert plain_text("a\r\nb\rc\u2028d\n\te") == "a\nb\nc\nd\n\te"


@given(st.text(alphabet=st.characters(codec=None)))
def test_no_control_character_survives_in_a_line(text: str) -> None:
    line = plain_line(text)
    assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert len(line.splitlines()) <= 1
