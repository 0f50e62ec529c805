"""How fast mail goes to a site, by what the site says."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.pacing import (
    BEGIN,
    DEAD_RESTS,
    Hand,
    Lane,
    Pace,
    Seen,
    Slots,
    after,
    seen_in,
    slow_down,
)
from loftbox_cli.core.report import Reply, Report, Stage

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
CAP = 15


def paced(*seen: Seen, words: str = "", begin: Pace | None = None, at: datetime = NOW) -> Pace:
    pace = begin or Pace()
    for each in seen:
        pace = after(pace, each, words, cap=CAP, now=at)
    return pace


@pytest.mark.parametrize(
    ("report", "seen"),
    [
        (Report(Stage.DOT, Reply(250, "2.0.0", "Ok")), Seen.TAKEN),
        (Report(Stage.MAIL, Reply(450, "4.2.1", "receiving mail at a rate that")), Seen.RATE),
        (Report(Stage.RCPT, Reply(421, "4.7.28", "unusual rate of mail")), Seen.RATE),
        (Report(Stage.GREETING, Reply(421, "", "service not available")), Seen.RATE),
        (Report(Stage.RCPT, Reply(451, "4.7.1", "Greylisted, come again")), Seen.NOTHING),
        (Report(Stage.RCPT, Reply(550, "5.1.1", "no such user")), Seen.NOTHING),
        (Report(Stage.CONNECT, fault="connection refused"), Seen.UNREACHABLE),
        (Report(Stage.GREETING, fault="timed out"), Seen.UNREACHABLE),
        (Report(Stage.ROUTE, fault="no answer from DNS"), Seen.UNREACHABLE),
        (Report(Stage.ROUTE, fault="null MX", hopeless=True), Seen.NOTHING),
        (Report(Stage.DATA, fault="the connection broke"), Seen.NOTHING),
        (Report(Stage.DOT, fault="no answer"), Seen.NOTHING),
    ],
)
def test_what_an_attempt_says_about_its_site(report: Report, seen: Seen) -> None:
    assert seen_in(report) is seen


@pytest.mark.rule("O12")
def test_a_site_that_takes_mail_gets_one_more_at_once_after_as_many_successes_as_it_bears() -> None:
    assert paced(*[Seen.TAKEN] * (BEGIN - 1)).at_once == BEGIN
    assert paced(*[Seen.TAKEN] * (BEGIN + 1)).at_once == BEGIN + 1


def test_a_site_never_gets_more_than_the_cap() -> None:
    assert paced(*[Seen.TAKEN] * 10_000).at_once == CAP


@pytest.mark.rule("O12")
def test_a_complaint_about_the_rate_halves_it_and_lets_the_site_rest() -> None:
    pace = paced(Seen.RATE, begin=Pace(most=12))
    assert pace.at_once == 6
    assert pace.resting_until == NOW + timedelta(minutes=2)


def test_what_was_under_way_when_the_site_complained_is_one_complaint() -> None:
    assert paced(Seen.RATE, Seen.RATE, Seen.RATE, begin=Pace(most=12)) == paced(
        Seen.RATE, begin=Pace(most=12)
    )


def test_a_site_that_complains_again_after_its_rest_is_halved_again_and_keeps_at_least_one() -> None:
    pace = Pace(most=12)
    for hour, left in enumerate((6, 3, 1, 1, 1)):
        pace = after(pace, Seen.RATE, "", cap=CAP, now=NOW + timedelta(hours=hour))
        assert pace.at_once == left


@pytest.mark.parametrize(
    ("words", "minutes"),
    [
        ("421-4.7.28 Gmail has detected an unusual rate of unsolicited mail", 30),
        ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred", 30),
        ("421 4.7.1 [TS03] All messages permanently deferred", 60),
        ("451 4.7.650 The mail server has been temporarily rate limited", 15),
        ("421 RP-001 (BAY) unfortunately some messages were not sent", 15),
        ("421 Too many connections from your host", 1),
        ("450 slow down", 2),
    ],
)
def test_a_site_rests_for_as_long_as_its_words_ask_for(words: str, minutes: int) -> None:
    assert slow_down(words) == timedelta(minutes=minutes)


@pytest.mark.rule("O12")
def test_a_site_rests_after_the_third_failure_to_connect_in_a_row() -> None:
    assert paced(*[Seen.UNREACHABLE] * 2).resting_until is None
    assert paced(*[Seen.UNREACHABLE] * 3).resting_until == NOW + timedelta(minutes=5)
    interrupted = paced(Seen.UNREACHABLE, Seen.UNREACHABLE, Seen.NOTHING, Seen.UNREACHABLE)
    assert interrupted.resting_until is None


def test_failures_of_attempts_that_were_under_way_lengthen_no_rest() -> None:
    assert paced(*[Seen.UNREACHABLE] * 5).resting_until == NOW + timedelta(minutes=5)


def test_after_a_rest_one_attempt_asks_and_a_failure_means_a_longer_rest() -> None:
    pace, now = paced(*[Seen.UNREACHABLE] * 3), NOW
    for rest in (*DEAD_RESTS[1:], DEAD_RESTS[-1]):
        assert pace.resting_until is not None
        assert pace.at_once == 1
        now = pace.resting_until
        pace = after(pace, Seen.UNREACHABLE, "", cap=CAP, now=now)
        assert pace.resting_until == now + rest


def test_a_site_that_is_back_is_trusted_again_step_by_step() -> None:
    pace = paced(*[Seen.UNREACHABLE] * 3)
    assert pace.resting_until is not None
    pace = after(pace, Seen.TAKEN, "", cap=CAP, now=pace.resting_until)
    assert (pace.unreachable, pace.rests, pace.at_once) == (0, 0, 2)


def test_two_domains_behind_the_same_hosts_share_their_slots() -> None:
    one, two, other = Lane("dom", "one.test"), Lane("dom", "two.test"), Lane("dom", "other.test")
    hand = Hand(Slots(10, 5, {one: "mx.test", two: "mx.test"}, {"mx.test": 3}))
    assert [hand.take(lane) for lane in (one, two, one, two)] == [True, True, True, False]
    assert hand.take(other)
    assert hand.left == 6


def test_the_same_destination_over_another_route_has_a_site_of_its_own() -> None:
    direct, relayed = Lane("dom_1", "one.test"), Lane("dom_2", "one.test")
    slots = Slots(10, 5, {direct: "mx.one.test", relayed: "relay"}, {"relay": 0, "mx.one.test": 2})
    hand = Hand(slots)
    assert not hand.take(relayed)
    assert hand.take(direct)
    assert slots.full == {"relay"}


def test_destinations_whose_site_has_no_room_are_full() -> None:
    slots = Slots(10, 5, {Lane("dom", "one.test"): "mx.test"}, {"mx.test": 0, "dead.test": 0, "two.test": 1})
    assert slots.full >= {"one.test", "dead.test"}
    assert "two.test" not in slots.full


@given(
    free=st.integers(0, 30),
    each=st.integers(1, 6),
    asked=st.lists(st.sampled_from([Lane("d", name) for name in "abcdef"]), max_size=60),
    room=st.dictionaries(st.sampled_from("abcdefx"), st.integers(-1, 8)),
)
def test_no_more_is_taken_than_there_are_slots_in_all_and_for_each_site(
    free: int, each: int, asked: Sequence[Lane], room: dict[str, int]
) -> None:
    slots = Slots(free, each, {Lane("d", "a"): "x", Lane("d", "b"): "x"}, room)
    hand = Hand(slots)
    taken = [lane for lane in asked if hand.take(lane)]
    assert len(taken) <= free
    for site in {slots.site(lane) for lane in asked}:
        assert sum(slots.site(lane) == site for lane in taken) <= max(0, room.get(site, each))
