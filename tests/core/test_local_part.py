"""Which names before the @ we write to, in ASCII and beyond."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.invisible import visible
from loftbox_cli.core.local_part import MAX_LOCAL, local_fault

TAKEN = [
    "jane",
    "Jane.Doe+tag",
    "jürgen",
    "Jürgen.Müller+rechnung",
    "straße",
    "用户",
    "用户123",
    "ユーザー",
    "佐々木.s",
    "사용자",
    "иван.петров",
    "παράδειγμα",
    "उपयोगकर्ता",
    "ผู้ใช้",
    "שלום",
    "שלום.12",
    "مستخدم",
    "é" * 32,
]

REFUSED = {
    "é" * 33: "octets",
    "用户 x": "letters, digits and dots",
    "用户!x": "letters, digits and dots",
    "用户%x": "letters, digits and dots",
    "用户..x": "letters, digits and dots",
    '"用户"': "letters, digits and dots",
    "=?utf-8?q?ü?=": "encoded words",
    # Nobody sees these, or they turn what stands beside them.
    "ü\u200b": "everybody sees",
    "ü\u200d": "everybody sees",
    "ü\u00ad": "everybody sees",
    "ü\u202e": "everybody sees",
    "ü\u2067": "everybody sees",
    "ü\u0085": "everybody sees",
    "ü\u00a0": "everybody sees",
    "ü\u2028": "everybody sees",
    "ü\u3164": "everybody sees",
    "ü\u034f": "everybody sees",
    "用\ufe00": "everybody sees",
    "用\U000e0101": "everybody sees",
    "ü\U000e0041": "everybody sees",
    "ü\ud800": "everybody sees",
    "ü\ufdd0": "everybody sees",
    "ü\ue000": "everybody sees",
    # What looks like a special.
    "ü\uff20x": "everybody sees",
    "ü\u3002x": "everybody sees",
    "ü\u2024x": "everybody sees",
    "ü\u2044x": "everybody sees",
    "ü\u037e": "everybody sees",
    "\U0001f600": "everybody sees",
    "ü\u20dd": "everybody sees",
    "\u0301x": "everybody sees",
    "x.\u0301": "everybody sees",
    "x+\u0301": "everybody sees",
    "\u1100": "everybody sees",
    # Another spelling of the same.
    "ju\u0308rgen": "NFC",
    "\uff41": "NFC",
    "\ufb01x": "NFC",
    "\u212a": "NFC",
    "\u017fam": "NFC",
    "\uff76": "NFC",
    "\U0001d41a": "NFC",
    # What is shown in another order than it is written.
    "ab\u05d0": "right",
    "\u05d0b": "right",
    "12\u05d0": "right",
    "p\u0430ypal": "look alike",
    "\u0440\u0430y": "look alike",
    "\u03bfffice": "look alike",
}


@pytest.mark.parametrize("local", TAKEN)
def test_a_name_that_a_person_can_read_is_taken(local: str) -> None:
    assert local_fault(local) == ""


@pytest.mark.parametrize("local", REFUSED)
def test_a_name_that_is_not_what_it_looks_like_is_refused_with_its_reason(local: str) -> None:
    assert REFUSED[local] in local_fault(local)


LETTERS = st.characters(categories=["Ll", "Lu", "Lo", "Lm", "Nd", "Mn", "Mc"])


@given(st.text(max_size=40) | st.text(LETTERS | st.sampled_from("ab1.+@"), max_size=12))
def test_what_is_taken_has_one_form_and_hides_nothing(local: str) -> None:
    if local_fault(local):
        return
    assert 1 <= len(local.encode()) <= MAX_LOCAL
    assert unicodedata.normalize("NFKC", local) == local
    assert visible(local) == (local, 0)
    assert local.isprintable()
    assert not set(local) & set(' <>()[]\\,;:"!%@')
