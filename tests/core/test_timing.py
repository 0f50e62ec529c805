from datetime import UTC, datetime, timedelta

import pytest

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.timing import AT_ONCE, FURTHEST, Timing, timing

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_message_leaves_at_once_unless_it_is_to_leave_later() -> None:
    assert timing(scheduled_at=None, expires_after=None, now=NOW) == AT_ONCE
    assert timing(scheduled_at=NOW, expires_after=None, now=NOW) == AT_ONCE
    assert timing(scheduled_at=NOW - HOUR, expires_after=None, now=NOW) == AT_ONCE
    assert timing(scheduled_at=NOW + HOUR, expires_after=None, now=NOW) == Timing(NOW + HOUR)


def test_the_span_begins_when_the_message_is_taken() -> None:
    later = timing(scheduled_at=NOW + HOUR, expires_after=2 * HOUR, now=NOW)
    assert later == Timing(NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("scheduled_at", "expires_after", "field"),
    [
        (NOW + FURTHEST + HOUR, None, "scheduled_at"),
        (None, timedelta(0), "expires_after"),
        (None, FURTHEST + HOUR, "expires_after"),
        (NOW + HOUR, HOUR, "expires_after"),
    ],
)
def test_what_could_never_be_delivered_is_refused(
    scheduled_at: datetime | None, expires_after: timedelta | None, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        timing(scheduled_at=scheduled_at, expires_after=expires_after, now=NOW)
    assert refused.value.field == field
    assert refused.value.fix
