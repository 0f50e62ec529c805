"""How the door counts what it took and refused."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core import refusal
from loftbox_cli.core.door_counts import DoorCounts, read_counts
from loftbox_cli.core.refusal import OTHER, Reason, Refusals, Refused, hour_of, words_for

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNKNOWN = Reason.UNKNOWN_RECIPIENT


def test_one_key_holds_an_hour_of_a_peer_a_domain_and_a_reason() -> None:
    refusals = Refusals()
    for minutes in (0, 29):
        refusals.count("192.0.2.1", "a.test", UNKNOWN, NOW + timedelta(minutes=minutes))
    refusals.count("192.0.2.1", "b.test", UNKNOWN, NOW)
    refusals.count("192.0.2.1", "a.test", UNKNOWN, NOW + timedelta(minutes=30))
    hour = hour_of(NOW)
    assert refusals.counts == {
        Refused(hour, "192.0.2.1", "a.test", UNKNOWN): 2,
        Refused(hour, "192.0.2.1", "b.test", UNKNOWN): 1,
        Refused(hour + 1, "192.0.2.1", "a.test", UNKNOWN): 1,
    }


def test_only_hours_that_are_over_can_be_told() -> None:
    refusals = Refusals()
    refusals.count("192.0.2.1", "a.test", UNKNOWN, NOW)
    assert refusals.over(NOW + timedelta(minutes=29)) == {}
    over = refusals.over(NOW + timedelta(minutes=30))
    assert list(over.values()) == [1]
    refusals.forget(over)
    assert refusals.counts == {}


def test_a_clock_that_steps_back_reopens_no_hour_that_was_told() -> None:
    refusals = Refusals()
    refusals.count("192.0.2.1", "", UNKNOWN, NOW)
    refusals.forget(refusals.over(NOW + HOUR))
    refusals.count("192.0.2.1", "", UNKNOWN, NOW)
    assert [key.hour for key in refusals.counts] == [hour_of(NOW) + 1]


def test_what_finds_no_key_of_its_own_is_counted_under_other() -> None:
    refusals = Refusals()
    for number in range(refusal.MOST_KEYS + 50):
        refusals.count("192.0.2.1", f"{number}.test", UNKNOWN, NOW)
    assert len(refusals.counts) == refusal.MOST_KEYS + 1
    assert refusals.counts[Refused(hour_of(NOW), OTHER, OTHER, UNKNOWN)] == 50
    # All of an hour's events fit into one transaction of 500 rows.
    assert refusal.MOST_KEYS + len(Reason) <= 500


def test_the_words_name_peer_domain_and_reason() -> None:
    key = Refused(hour_of(NOW), "192.0.2.1", "a.test", UNKNOWN)
    assert words_for(key, 3) == "3 from 192.0.2.1 for a.test: unknown recipient"
    assert words_for(key._replace(domain=""), 3) == "3 from 192.0.2.1: unknown recipient"
    assert key.began_at == NOW.replace(minute=0)


def test_rates_are_of_the_last_full_minute_and_of_sixty_minutes() -> None:
    counts = DoorCounts()
    for minutes, times in ((-60, 7), (-59, 1), (-1, 2), (0, 4)):
        for _ in range(times):
            counts.accepted(NOW + timedelta(minutes=minutes))
    counts.refused("192.0.2.1", "", Reason.TOO_LARGE, NOW - timedelta(minutes=1))
    counts.refused("192.0.2.1", "", UNKNOWN, NOW)
    standing = counts.standing(NOW)
    assert (standing.accepted_last_minute, standing.accepted_last_hour) == (2, 7)
    assert (standing.refused_last_minute, standing.refused_last_hour) == (1, 2)
    assert standing.refused_by_reason == {"too_large": 1, "unknown_recipient": 1}
    later = counts.standing(NOW + timedelta(hours=2))
    assert (later.accepted_last_hour, later.refused_last_hour, later.refused_by_reason) == (0, 0, {})


def test_minutes_that_are_over_are_forgotten() -> None:
    counts = DoorCounts()
    for minute in range(200):
        counts.accepted(NOW + timedelta(minutes=minute))
    assert len(counts._minutes) == 60


def test_counts_are_written_only_when_they_changed() -> None:
    counts = DoorCounts()
    steps: tuple[Callable[[], None], ...] = (
        lambda: None,
        counts.come,
        counts.go,
        lambda: counts.accepted(NOW),
    )
    for step in steps:
        step()
        seen = [counts.changed]
        counts.spelled({})
        assert [*seen, counts.changed] == [True, False]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from([*Reason, None]),
        st.sampled_from(["192.0.2.1", "2001:db8::1"]),
        st.sampled_from(["", "a.test", "bücher.test\u2028"]),
        st.integers(-200, 200),
    ),
    max_size=30,
)


@given(events=EVENTS)
def test_what_is_written_down_goes_on_after_a_restart(
    events: list[tuple[Reason | None, str, str, int]],
) -> None:
    counts = DoorCounts()
    counts.come()
    for reason, peer, domain, minutes in events:
        at = NOW + timedelta(minutes=minutes)
        if reason is None:
            counts.accepted(at)
        else:
            counts.refused(peer, domain, reason, at)
    again = read_counts(counts.spelled({}))
    assert again.refusals.counts == counts.refusals.counts
    assert again.standing(NOW) == counts.standing(NOW)
    over = counts.refusals.over(NOW)
    told = read_counts(counts.spelled(over))
    assert told.refusals.over(NOW) == {}
    assert told.refusals.told == max((key.hour for key in over), default=0)


def test_nothing_written_down_is_a_new_start() -> None:
    assert read_counts("").standing(NOW) == DoorCounts().standing(NOW)
