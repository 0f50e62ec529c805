"""The wall clock. Everything else is given its `now`."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's own clock, in UTC."""

    def now(self) -> datetime:
        """Read the clock."""
        return datetime.now(UTC)  # noqa: TID251 - this is the one place that the rule points to
