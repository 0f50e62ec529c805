"""A mail of which there is only the file: its envelope is what Return-Path tells, or who asks.

RFC 5321 section 4.4: the host that delivered a mail wrote the reverse path there.
"""

from dataclasses import replace

from loftbox_cli.core.automation import recognise
from loftbox_cli.core.mail_report import ReportKind
from loftbox_cli.core.reading import Reading


def return_path(reading: Reading) -> str | None:
    """The reverse path that the last host wrote; "" is the null sender, None says that none is told."""
    for name, value in reading.headers:
        if name.lower() == "return-path":
            return value.strip().removeprefix("<").partition(">")[0].strip()
    return None


def under(reading: Reading, mail_from: str | None) -> Reading:
    """The reading with the class that it has under this envelope; None for one that nobody knows."""
    if mail_from is None:
        return reading
    recognised = recognise(
        reading.headers,
        subject=reading.subject,
        null_sender=not mail_from,
        report=reading.report.kind if reading.report else ReportKind.NONE,
    )
    return replace(reading, automation=recognised.automation, automation_evidence=recognised.evidence)
