"""Spans of time as people write them: "200ms", "30s", "5m", "1h30m", "5d".

Units stand in falling order, each at most once, in whole numbers.
"""

import re
from datetime import timedelta

from loftbox_cli.core.errors import BadInput

_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
# Six digits a unit reach beyond any sensible span and cannot overflow a timedelta.
_FORM = re.compile("".join(rf"(?:(?P<{unit}>[0-9]{{1,6}}){unit})?" for unit in _UNITS))


def parse_duration(text: str, *, field: str = "") -> timedelta:
    """Read a span; raises BadInput for anything else."""
    match = _FORM.fullmatch(text)
    if not text or match is None:
        raise BadInput(f"{text!r} is not a duration", fix='write it like "30s", "5m" or "1h30m"', field=field)
    return sum((_UNITS[unit] * int(count) for unit, count in match.groupdict().items() if count), timedelta())


def spell_duration(span: timedelta) -> str:
    """Write a span in the shortest form that `parse_duration` reads back, to the millisecond."""
    parts = []
    for unit, length in _UNITS.items():
        count, span = divmod(span, length)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
