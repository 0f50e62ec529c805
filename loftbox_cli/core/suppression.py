"""Whom a domain must not write to, why, and until when.

Only two things suppress: a failure that says that nobody is there (RFC 3463 5.1.1, 5.1.2,
5.1.3, 5.1.6, 5.1.10; 5.2.1 when it was said twice), and a person's complaint. A full
mailbox, a block list or a policy says nothing about the recipient. It holds for one
sending domain: what one owner's mail led to is no other owner's business.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.ids import DeliveryId, DomainId, MessageId, SuppressionId

# Addresses come back: people are hired again, and servers are mended.
RECIPIENT_LASTS = timedelta(days=180)
# How long one "switched off" is remembered while it waits for a second.
WATCHED_LASTS = timedelta(days=30)


class SuppressionReason(StrEnum):
    """What led to it."""

    RECIPIENT = "recipient"
    COMPLAINT = "complaint"
    OPT_OUT = "opt_out"
    OPERATOR = "operator"


class SuppressionState(StrEnum):
    """watched → active → expired | released, and active again when it happens again."""

    WATCHED = "watched"
    ACTIVE = "active"
    EXPIRED = "expired"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One recipient of one sending domain; there is one row for both, whatever happens to them.

    `message_id` is the message of ours that led to it and `report_id` the mail that told
    of it; `detail` is what was said. `stored` is the state but for time, see `state`.
    """

    id: SuppressionId
    domain_id: DomainId
    address: str
    stored: SuppressionState
    reason: SuppressionReason
    status: str
    detail: str
    message_id: MessageId | None
    delivery_id: DeliveryId | None
    report_id: MessageId | None
    by: str
    since: datetime
    expires_at: datetime | None
    released_at: datetime | None
    created_at: datetime

    def state(self, now: datetime) -> SuppressionState:
        """How it stands at a moment."""
        over = self.expires_at is not None and now >= self.expires_at
        return SuppressionState.EXPIRED if over and self.released_at is None else self.stored

    def in_force(self, now: datetime) -> bool:
        """Whether nothing may be sent there."""
        return self.state(now) is SuppressionState.ACTIVE
