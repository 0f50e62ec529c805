"""Which character sets are decoded."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.charset import CODECS, decode, decode_text


@pytest.mark.rule("B5")
@pytest.mark.parametrize(
    ("octets", "label", "text", "defect"),
    [
        (b"caf\xc3\xa9", "utf-8", "café", ""),
        (b"caf\xe9", "ISO-8859-1", "café", ""),
        (b"\x93x\x94", "iso-8859-1", "“x”", ""),
        (b"caf\xc3\xa9", "us-ascii", "café", ""),
        (b"caf\xe9", "utf-8", "café", "charset_wrong"),
        (b"caf\xc3\xa9", "", "café", ""),
        (b"caf\xe9", "", "café", "charset_missing"),
        (b"caf\xc3\xa9", "x-unknown", "café", "charset_unknown"),
        (b"\\u0041", "unicode_escape", "\\u0041", "charset_unknown"),
        (b"+AAo-", "utf-7", "+AAo-", "charset_unknown"),
        (b"xn--bcher-kva", "idna", "xn--bcher-kva", "charset_unknown"),
        (b"uryyb", "rot13", "uryyb", "charset_unknown"),
        (b"x", "undefined", "x", "charset_unknown"),
        (b"caf\xc3\xa9", '"UTF_8"', "café", ""),
        (b"\xcf\xf0\xe8", "win-1251", "При", ""),
        (b"\x82\xa0", "Shift_JIS", "あ", ""),
        (b'\x1b$B$"\x1b(B', "iso-2022-jp", "あ", ""),
        (b'\x1b$B$"\x1b(B', "", "あ", ""),
        (b"\xa4\xa4", "big5", "中", ""),
        (b"\x80\xff", "euc-jp", "\ufffd\ufffd", "charset_wrong"),
    ],
)
def test_only_character_sets_of_mail_are_obeyed(octets: bytes, label: str, text: str, defect: str) -> None:
    assert decode(octets, label) == (text, defect)


def test_a_byte_order_mark_outdoes_the_label() -> None:
    assert decode_text(b"\xef\xbb\xbfcaf\xc3\xa9", "iso-8859-1") == ("café", "")
    assert decode_text("\ufeffhi".encode("utf-16-le"), "us-ascii") == ("hi", "")


@pytest.mark.parametrize("codec", sorted(set(CODECS.values())))
def test_every_codec_of_the_list_is_there(codec: str) -> None:
    assert codecs.lookup(codec).name


@pytest.mark.rule("B5")
@given(st.binary(max_size=50), st.sampled_from(sorted(CODECS)) | st.text(max_size=20))
def test_any_bytes_in_any_set_give_text(octets: bytes, label: str) -> None:
    text, _ = decode(octets, label)
    text.encode()  # and no lone surrogate
