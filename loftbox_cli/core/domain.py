"""A domain that somebody proved to own.

    state       what it means                                      sends   receives
    pending     ownership or a record for sending is not there     no      no
    verified    the last look found everything that sending needs  yes     yes
    degraded    a later look found something gone, under 24 h ago  yes     yes
    suspended   the same for 24 h, or ownership was lost           no      yes

Receiving never stops once a domain was verified: a mistake in DNS must not make us
refuse a customer's mail.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.ids import DomainId

GRACE = timedelta(hours=24)


class DomainState(StrEnum):
    """What the looks at DNS add up to."""

    PENDING = "pending"
    VERIFIED = "verified"
    DEGRADED = "degraded"
    SUSPENDED = "suspended"


class Review(StrEnum):
    """What the operator thinks of the declared use."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Checked:
    """The last verdict about one record."""

    purpose: str
    name: str
    kind: str
    expected: str
    required: bool
    verdict: str
    observed: tuple[str, ...]
    problem: str
    mend: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at DNS, summed up: None where DNS did not answer enough to tell."""

    owned: bool | None
    outbound: bool | None
    inbound: bool | None
    findings: tuple[Checked, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """`name` is an A-label in lower case. `failing_since` is the first of the failing looks."""

    id: DomainId
    name: str
    token: str
    use_case: str
    review: Review
    owned: bool
    outbound: bool
    inbound: bool
    verified_at: datetime | None
    checked_at: datetime | None
    failing_since: datetime | None
    findings: tuple[Checked, ...]
    created_at: datetime

    def state(self, now: datetime) -> DomainState:
        """Say where the domain stands at `now`."""
        if self.verified_at is None:
            return DomainState.PENDING
        if not self.owned:
            return DomainState.SUSPENDED
        if self.failing_since is None:
            return DomainState.VERIFIED
        return DomainState.DEGRADED if now - self.failing_since < GRACE else DomainState.SUSPENDED

    def may_send(self, now: datetime) -> bool:
        """Sending needs ownership, the records, and the operator's approval of the use."""
        state = self.state(now)
        return self.review is Review.APPROVED and state in (DomainState.VERIFIED, DomainState.DEGRADED)

    def looked(self, look: Look, now: datetime) -> "Domain":
        """Take in one look. What DNS did not answer leaves everything as it was."""
        owned = self.owned if look.owned is None else look.owned
        outbound = self.outbound if look.outbound is None else look.outbound
        good = owned and outbound
        failing = (self.failing_since or now) if self.verified_at and not good else None
        return replace(
            self,
            owned=owned,
            outbound=outbound,
            inbound=self.inbound if look.inbound is None else look.inbound,
            verified_at=(self.verified_at or now) if good else self.verified_at,
            checked_at=now,
            failing_since=failing,
            findings=look.findings,
        )
