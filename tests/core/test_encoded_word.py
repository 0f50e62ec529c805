"""Encoded words, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.encoded_word import MAX_WORD, decode, encode

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(TEXT)
def test_what_is_encoded_reads_back(text: str) -> None:
    words = encode(text)
    assert decode(" ".join(words)) == text
    assert all(len(word) <= MAX_WORD and word.isascii() and word.isprintable() for word in words)


@given(TEXT)
def test_text_without_words_stays_as_it_is(text: str) -> None:
    plain = text.replace("=?", "")
    assert decode(plain) == plain


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # The table of RFC 2047 section 8.
        ("(=?ISO-8859-1?Q?a?=)", "(a)"),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        ("=?iso-8859-1?q?Andr=E9?= Pirard", "André Pirard"),
        ("=?utf-8*en?b?w6k=?=", "é"),
        ("=?utf-8?b?ww==?= =?utf-8?b?qQ==?=", "é"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "é"),
        ("=?no-such-set?q?caf=C3=A9?=", "café"),
        ("=?unicode_escape?q?=5Cu0041?=", "\\u0041"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("a=?utf-8?q?b?=c", "abc"),
        ("=?gb2312?b?xOO6ww==?=", "你好"),
    ],
)
def test_words_of_others_are_understood(written: str, meant: str) -> None:
    assert decode(written) == meant


@pytest.mark.rule("B3")
@pytest.mark.rule("A12")
@pytest.mark.parametrize("piece", ["=?", "=?a?q?", "=?a?q?b?= ", "?=", "=?a*b*"])
def test_a_field_of_64_kib_of_marks_is_read_in_bounded_steps(piece: str) -> None:
    assert isinstance(decode(piece * (65_536 // len(piece))), str)
