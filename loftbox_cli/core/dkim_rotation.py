"""Changing the DKIM keys of a domain without a gap (RFC 6376 sections 3.1 and 6.1.2).

    phase     what is so                                        signs   its record
    next      just made                                         no      is to be published
    signing   its record was seen in DNS                        yes     stays
    retired   other keys sign since                             no      stays until mail under way is over

A verifier looks a key up when the mail arrives, so a record that went too early breaks
signatures that were good, and one that came too late was never there.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.domain import Checked
from loftbox_cli.core.finding import GOOD
from loftbox_cli.core.records import Purpose

# How long a signature holds: longer than any queue keeps a mail, too short to replay it for long.
VALID_FOR = timedelta(days=7)


class KeyPhase(StrEnum):
    """Where a key stands."""

    NEXT = "next"
    SIGNING = "signing"
    RETIRED = "retired"


def may_go_at(phase: KeyPhase, since: datetime) -> datetime | None:
    """When the record of a key may be taken out of DNS; None while it is needed."""
    return since + VALID_FOR if phase is KeyPhase.RETIRED else None


def all_seen(selectors: Collection[str], findings: Sequence[Checked]) -> bool:
    """Whether a look at DNS found the records of all these keys."""
    seen = {
        each.name.partition(".")[0]
        for each in findings
        if each.purpose == Purpose.DKIM and each.verdict in GOOD
    }
    return bool(selectors) and seen.issuperset(selectors)


def selector(now: datetime, kind: str, taken: Collection[str]) -> str:
    """A name for a key that no other key of its domain ever has; `kind` is a letter for its algorithm."""
    first = f"lb{now:%Y%m%d}{kind}"
    names = [first, *(f"{first}{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)
