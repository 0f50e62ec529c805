from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.retry import WEBHOOK_WAITS, Exhausted, GiveUp, TryAgain, next_post, next_try

QUEUED = datetime(2026, 11, 21, 12, tzinfo=UTC)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("attempts", "wait"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 180), (7, 360), (8, 360), (20, 360)],
)
def test_mail_waits_longer_after_each_failure_and_at_most_six_hours(attempts: int, wait: int) -> None:
    assert next_try(attempts, QUEUED, QUEUED, 0) == TryAgain(QUEUED + minutes(wait))


def test_mail_is_given_up_after_five_days_and_not_before() -> None:
    last = QUEUED + timedelta(days=5)
    assert isinstance(next_try(30, QUEUED, last - timedelta(seconds=1), 0), TryAgain)
    assert next_try(30, QUEUED, last, 0) == GiveUp(timedelta(days=5))


@pytest.mark.parametrize(
    ("attempts", "wait"), [(0, 0), (1, 1), (2, 5), (3, 15), (4, 60), (5, 240), (6, 480), (7, 960)]
)
def test_a_webhook_has_eight_tries(attempts: int, wait: int) -> None:
    assert next_post(attempts, QUEUED, 0) == TryAgain(QUEUED + minutes(wait))


def test_a_webhook_is_exhausted_after_its_last_try() -> None:
    assert next_post(8, QUEUED, 0) == Exhausted(8)


def test_settings_may_replace_both_schedules() -> None:
    short = (timedelta(0), timedelta(seconds=1))
    assert next_post(1, QUEUED, 0, waits=short) == TryAgain(QUEUED + timedelta(seconds=1))
    assert next_post(2, QUEUED, 0, waits=short) == Exhausted(2)
    assert next_try(9, QUEUED, QUEUED, 0, waits=short) == TryAgain(QUEUED + timedelta(seconds=1))
    assert next_try(1, QUEUED, QUEUED + minutes(2), 0, give_up_after=minutes(1)) == GiveUp(minutes(2))


@given(st.integers(1, 50), st.floats(0, 1))
def test_chance_lengthens_a_wait_by_at_most_a_tenth(attempts: int, spread: float) -> None:
    shortest = next_try(attempts, QUEUED, QUEUED, 0)
    spread_out = next_try(attempts, QUEUED, QUEUED, spread)
    assert isinstance(shortest, TryAgain)
    assert isinstance(spread_out, TryAgain)
    assert shortest.at <= spread_out.at <= shortest.at + (shortest.at - QUEUED) / 10


@given(st.integers(0, len(WEBHOOK_WAITS) - 1), st.floats(0, 1))
def test_chance_never_brings_a_webhook_forward(attempts: int, spread: float) -> None:
    due = next_post(attempts, QUEUED, spread)
    assert isinstance(due, TryAgain)
    assert due.at >= QUEUED + WEBHOOK_WAITS[attempts]
