"""TLSA records, and what a session has to show."""

from hashlib import sha256, sha512
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.tls_policy import OPPORTUNISTIC, Assurance, by_dane, reported, verified, weaker
from loftbox_cli.core.tlsa import Tlsa, parse_tlsa

CERTIFICATE, KEY = b"certificate", b"key"


@pytest.mark.rule("O9")
@pytest.mark.parametrize(("selector", "part"), [(0, CERTIFICATE), (1, KEY)])
def test_a_record_names_a_certificate_or_a_key_whole_or_by_digest(selector: int, part: bytes) -> None:
    for matching, data in enumerate((part, sha256(part).digest(), sha512(part).digest())):
        record = Tlsa(3, selector, matching, data)
        assert record.usable
        assert record.names(CERTIFICATE, KEY)
        assert not record.names(b"other", b"other")


@pytest.mark.rule("O9")
@pytest.mark.parametrize("text", ["0 0 1", "1 1 1", "4 1 1", "3 2 1", "3 1 3", "255 255 255"])
def test_what_smtp_does_not_know_is_not_usable(text: str) -> None:
    record = parse_tlsa(f"{text} {'00' * 32}")
    assert record is not None
    assert not record.usable


@pytest.mark.parametrize("data", [b"", b"short", b"x" * 33])
def test_a_digest_of_another_length_is_not_usable(data: bytes) -> None:
    assert not Tlsa(3, 1, 1, data).usable
    assert not Tlsa(3, 1, 2, data).usable


def test_a_record_without_data_is_not_usable() -> None:
    assert not Tlsa(3, 1, 0, b"").usable


@given(st.text(max_size=40))
def test_any_text_is_a_record_or_none(text: str) -> None:
    record = parse_tlsa(text)
    assert record is None or record.usable in (True, False)


@pytest.mark.rule("O7")
def test_only_without_a_policy_may_mail_go_in_plain_text() -> None:
    good = Tlsa(3, 1, 1, bytes(32))
    assert OPPORTUNISTIC.allows_plain
    assert reported("a policy in testing").allows_plain
    assert not verified("a policy").allows_plain
    assert not by_dane((good,), ("mx",)).allows_plain
    assert not by_dane((Tlsa(1, 1, 1, bytes(32)),), ("mx",)).allows_plain


def test_usable_records_ask_for_dane_and_the_others_for_any_tls() -> None:
    good, odd = Tlsa(3, 1, 1, bytes(32)), Tlsa(1, 1, 1, bytes(32))
    assert by_dane((odd, good), ("mx",)).steps == (Assurance.DANE,)
    assert by_dane((odd, good), ("mx",)).records == (good,)
    assert by_dane((odd,), ("mx",)).steps == (Assurance.ENCRYPTED,)


def test_each_assurance_is_weaker_than_the_next() -> None:
    order = list(Assurance)
    assert all(weaker(one, other) for one, other in pairwise(order))
    assert not weaker(Assurance.DANE, Assurance.DANE)
