"""The delivery log as lines for a person: times of day where the reader is, and the date where it changes."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from loftbox_cli.core.telling import WIDTH, Sentence, log_line


def log_lines(
    told: Iterable[tuple[datetime, Sentence]], *, now: datetime, width: int = WIDTH
) -> Iterator[str]:
    """Write each sentence with its time; a date stands before the first line of each day but today."""
    day = now.astimezone().date()
    for at, words in told:
        here = at.astimezone()
        if here.date() != day:
            day = here.date()
            yield day.isoformat()
        yield log_line(here, words, width=width)
