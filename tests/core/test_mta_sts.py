"""MTA-STS: what a policy says, for whom it holds, and for how long."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, Unanswered
from loftbox_cli.core.mta_sts import LARGEST, BadPolicy, KeptPolicy, Mode, Policy, parse_policy, txt_id

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n"


def kept(*mx: str, txt: str = "1", age: timedelta = timedelta()) -> KeptPolicy:
    return KeptPolicy("example.com", txt, Mode.ENFORCE, mx, NOW - age, NOW - age + timedelta(days=7))


@pytest.mark.rule("O8")
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_policy_file_is_read(end: str) -> None:
    policy = parse_policy(TEXT.replace("\r\n", end).encode())
    assert policy == Policy(Mode.ENFORCE, timedelta(days=7), ("mail.example.com", "*.example.net"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (TEXT.replace("STSv1", "STSv2"), "version"),
        (TEXT.replace("enforce", "maybe"), "mode"),
        (TEXT.replace("604800", "soon"), "max_age"),
        ("version: STSv1\nmode: enforce\nmax_age: 60\n", "names no mx"),
        (TEXT.replace("*.example.net", "mx.*.net"), "no host name"),
        (TEXT.replace("*.example.net", "*"), "no host name"),
        ("<html></html>", "line"),
        (TEXT + "mx: a.example\n" * LARGEST, "longer than 64 KiB"),
        ("", "version"),
    ],
)
def test_a_bad_policy_file_says_nothing(text: str, why: str) -> None:
    with pytest.raises(BadPolicy, match=why):
        parse_policy(text.encode())


def test_unknown_keys_are_passed_over_and_the_first_of_several_counts() -> None:
    policy = parse_policy((TEXT + "mode: none\r\nlater: yes\r\n\r\n").encode())
    assert policy.mode is Mode.ENFORCE


def test_a_policy_that_asks_for_nothing_needs_no_host() -> None:
    assert parse_policy(b"version: STSv1\nmode: none\nmax_age: 60\n").mx == ()


def test_no_policy_holds_for_more_than_a_year() -> None:
    assert parse_policy(TEXT.replace("604800", "9999999999").encode()).max_age < timedelta(days=366)


@given(st.binary(max_size=300))
def test_any_octets_are_a_policy_or_a_bad_one(octets: bytes) -> None:
    with suppress(BadPolicy):
        parse_policy(octets)


@pytest.mark.rule("O8")
@pytest.mark.parametrize(
    ("pattern", "host", "fits"),
    [
        ("mail.example.com", "MAIL.example.com.", True),
        ("mail.example.com", "other.example.com", False),
        ("*.example.com", "mx.example.com", True),
        ("*.example.com", "a.mx.example.com", False),
        ("*.example.com", "example.com", False),
        ("*.example.com", "mx.example.com.evil.example", False),
    ],
)
def test_a_pattern_stands_for_one_host_or_for_one_label(pattern: str, host: str, fits: bool) -> None:
    assert kept(pattern).covers(host) is fits


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (Found(("v=STSv1; id=20261122T120000;",)), "20261122T120000"),
        (Found(("v=STSv1;id=a1", "v=spf1 -all")), "a1"),
        (Found(("v=STSv1; x=y; id = a1",)), "a1"),
        (Found(("v=STSv1; id=a1", "v=STSv1; id=a2")), ""),
        (Found(("v=STSv1; id=not-one",)), ""),
        (Found(("v=STSv1",)), ""),
        (Found(("v=STSv10; id=a1",)), ""),
        (NoRecord("example.com"), ""),
        (Unanswered("example.com", "SERVFAIL"), ""),
    ],
)
def test_the_record_names_the_version_of_the_policy(answer: DnsAnswer, found: str) -> None:
    assert txt_id(answer) == found


def test_a_policy_is_fetched_again_when_its_id_changes_when_it_is_a_day_old_or_over() -> None:
    assert kept("mx").is_current("1", NOW)
    assert not kept("mx").is_current("2", NOW)
    assert not kept("mx", age=timedelta(days=1)).is_current("1", NOW)
    assert kept("mx", age=timedelta(days=6)).holds(NOW)
    assert not kept("mx", age=timedelta(days=7)).holds(NOW)
