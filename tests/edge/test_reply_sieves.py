"""What is sifted before it is looked at comes out as if each line had been looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.edge.mail_read import fields
from loftbox_cli.edge.mail_read.reply import mark
from loftbox_cli.edge.mail_read.reply.signature import is_device
from loftbox_cli.edge.mail_read.reply.signature_words import FOOTERS, SENT_CLOSINGS, SENT_OPENINGS
from loftbox_cli.edge.mail_read.reply.text import new_part

LINES = st.lists(
    st.lists(
        st.sampled_from(["word", "Word", " ", "*", "***", ":", " :", "\t", "\x1d", "&nbsp;", "ü", "x" * 600])
    )
    .map("".join)
    .filter(lambda line: "\n" not in line)
)
# A plain letter; folds and odd fields below are of every kind that a header may hold.
PLAIN = b"From: Jane <jane@example.com>\r\nSubject:\tYour\r\n order \r\nX-Empty:\r\nTo : a@example.org\r\n"
SAID = (
    ("From", "Jane <jane@example.com>"),
    ("Subject", "Your order"),
    ("X-Empty", ""),
    ("To", "a@example.org"),
)


@given(LINES)
def test_lines_are_marked_together_as_they_are_alone(lines: list[str]) -> None:
    assert mark.of_all(lines) == [mark.of(line) for line in lines]


@pytest.mark.parametrize("around", ["{}", "- {} -", "[{}]", "{}.", "<{}>", "{} https://example.com/"])
def test_a_line_of_a_device_goes_whatever_stands_around_it(around: str) -> None:
    said = [f"{opening} iphone" for opening in SENT_OPENINGS] + [f"iphone {end}" for end in SENT_CLOSINGS]
    lines = [around.format(line) for line in said]
    cut = [line for line in lines if is_device(mark.of(line))]
    assert [new_part(f"Hello\n\n{line}").text for line in cut] == ["Hello"] * len(cut)
    assert cut or "<" in around


@pytest.mark.parametrize("footer", FOOTERS)
def test_each_footer_goes(footer: str) -> None:
    assert new_part(f"Hello\n\n{footer.capitalize()} example").text == "Hello"


def test_the_fields_of_a_plain_header_are_unfolded_and_without_space_around_them() -> None:
    block = fields.split(PLAIN + b"\r\nbody", 0, len(PLAIN) + 6)
    assert (block.fields, block.body, block.defects) == (SAID, len(PLAIN) + 2, ())


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        (b"X: \xc3\xbc\r\n", (("X", "ü"),)),
        (b"X: a\x01b\r\n", (("X", "a b"),)),
        (b"X: \x1b$BF|K\\8l\x1b(B\r\n", (("X", "日本語"),)),
        (b"no field\r\nX: a\r\n", (("X", "a"),)),
        (b"X\r\n : a\r\nY: b\r\n", (("Y", "b"),)),
    ],
)
def test_an_odd_field_changes_nothing_about_those_beside_it(
    odd: bytes, told: tuple[tuple[str, str], ...]
) -> None:
    raw = PLAIN + odd + b"\r\nbody"
    assert fields.split(raw, 0, len(raw)).fields == SAID + told
