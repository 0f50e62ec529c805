"""What time does to a delivery that waits, and how a pause stops it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.delivery_clock import Delayed, Expired, Overdue, Waits, pass_time
from loftbox_cli.core.pause import time_paused
from tests.core.queued import NOW, QUEUED

NONE = timedelta(0)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def passed(
    delivery: Delivery, later: timedelta, paused: timedelta = NONE
) -> Waits | Delayed | Expired | Overdue:
    return pass_time(delivery, paused, overdue_after=6 * DAY, now=NOW + later)


@pytest.mark.parametrize(
    ("later", "told", "expected"),
    [
        (NONE, 0, Waits(NOW + 15 * MINUTE)),
        (15 * MINUTE, 0, Delayed(1, 15 * MINUTE, NOW + 4 * HOUR)),
        (16 * MINUTE, 1, Waits(NOW + 4 * HOUR)),
        (4 * HOUR, 1, Delayed(2, 4 * HOUR, NOW + 6 * DAY)),
        (5 * HOUR, 0, Delayed(2, 5 * HOUR, NOW + 6 * DAY)),
        (5 * HOUR, 2, Waits(NOW + 6 * DAY)),
        (6 * DAY, 2, Overdue(6 * DAY)),
    ],
)
def test_a_delay_is_told_after_a_quarter_of_an_hour_and_after_four_hours(
    later: timedelta, told: int, expected: object
) -> None:
    assert passed(replace(QUEUED, delays_told=told), later) == expected


def test_a_delivery_expires_when_its_sender_wants_it_no_more() -> None:
    short = replace(QUEUED, expires_at=NOW + HOUR)
    assert passed(short, NONE) == Waits(NOW + 15 * MINUTE)
    assert passed(replace(short, delays_told=1), 15 * MINUTE) == Waits(NOW + HOUR)
    assert passed(short, HOUR) == Expired(HOUR)


def test_the_time_of_a_pause_counts_for_nothing() -> None:
    short = replace(QUEUED, expires_at=NOW + HOUR, delays_told=2)
    assert passed(short, 3 * HOUR, paused=2 * HOUR + MINUTE) == Waits(NOW + 3 * HOUR + MINUTE)
    assert passed(short, 3 * HOUR, paused=2 * HOUR) == Expired(HOUR)
    assert passed(QUEUED, DAY, paused=DAY) == Waits(NOW + DAY + 15 * MINUTE)
    assert passed(replace(QUEUED, delays_told=2), 7 * DAY, paused=DAY) == Overdue(6 * DAY)


HOURS = st.integers(0, 50).map(lambda hours: NOW + hours * HOUR)
SPANS = st.lists(st.tuples(HOURS, HOURS).map(lambda pair: (min(pair), max(pair))), max_size=8)


@given(spans=SPANS, since=HOURS, until=HOURS)
def test_overlapping_pauses_count_once_and_only_from_the_queueing_on(
    spans: list[tuple[datetime, datetime]], since: datetime, until: datetime
) -> None:
    hours = max(0, int((until - since) / HOUR))
    within = [since + hour * HOUR + HOUR / 2 for hour in range(hours)]
    paused = sum(any(begin <= moment < end for begin, end in spans) for moment in within)
    assert time_paused(spans, since, until) == paused * HOUR
