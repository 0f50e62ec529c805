"""How much a gateway has still to do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkLeft:
    """How many mails, deliveries and notifications have not come to their end, and what was given up."""

    unread: int
    queued: int
    uncertain: int
    sending: int
    notifications_pending: int
    notifications_exhausted: int
