"""The gateway in one glance, and what the store remembers that can be held against the world."""

from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.dkim_key import DkimKey
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.door_counts import DoorStanding, read_counts
from loftbox_cli.core.endpoint import SEAL_PURPOSE
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.smarthost_login import LoginRefused, read_refused
from loftbox_cli.services.tx import DOOR_FACT, LOGINS_REFUSED_FACT, SERVING_FACT, Tx

_RECENT = 1_000  # events: after a jump of the clock the newest is not the last


@dataclass(frozen=True, slots=True)
class Status:
    """Counts of what waits, and what the daemon last said of itself (JSON, "" when it does not run)."""

    at: datetime
    serving: str
    door: DoorStanding
    domains: tuple[Domain, ...]
    agents: int
    mailboxes: int
    messages: int
    unread: int
    held: int
    queued: int
    sending: int
    uncertain: int
    notifications_pending: int
    notifications_exhausted: int
    pauses: tuple[Pause, ...]
    resting: tuple[Rest, ...]
    logins_refused: tuple[LoginRefused, ...]
    next_at: datetime | None


def status(tx: Tx, *, now: datetime) -> Status:
    """Count what waits."""
    serving = tx.facts.find(name=SERVING_FACT)
    counted = tx.facts.find(name=DOOR_FACT)
    refused = tx.facts.find(name=LOGINS_REFUSED_FACT)
    left = tx.due.count()
    return Status(
        at=now,
        serving=serving.value if serving else "",
        door=read_counts(counted.value if counted else "").standing(now),
        domains=tuple(tx.domains.all()),
        agents=tx.agents.count(),
        mailboxes=tx.mailboxes.count(),
        messages=tx.archive.count(),
        unread=left.unread,
        held=tx.approvals.count(state=ApprovalState.PENDING),
        queued=left.queued,
        sending=left.sending,
        uncertain=left.uncertain,
        notifications_pending=left.notifications_pending,
        notifications_exhausted=left.notifications_exhausted,
        pauses=tuple(tx.pauses.all()),
        resting=tuple(rest for rest in tx.rests.all() if rest.until > now),
        logins_refused=read_refused(refused.value if refused else ""),
        next_at=tx.due.next_at(),
    )


@dataclass(frozen=True, slots=True)
class Remembered:
    """The daemon's last word of itself, the latest time in the log, and the sealed secrets by purpose."""

    serving: str
    newest: datetime | None
    sealed: tuple[tuple[str, bytes], ...]


def remembered(tx: Tx) -> Remembered:
    """Say what clock, daemon and master key have to agree with."""
    serving = tx.facts.find(name=SERVING_FACT)
    recent = tx.journal.before(None, _RECENT)
    keys = (DkimKey(key.selector, key.algorithm, key.private, key.public) for key in tx.domain_keys.all())
    return Remembered(
        serving=serving.value if serving else "",
        newest=max((event.created_at for event in recent), default=None),
        sealed=(
            *((key.seal_purpose, key.private) for key in keys),
            *((SEAL_PURPOSE, secret.sealed) for secret in tx.endpoint_secrets.all()),
            *((route.seal_purpose, route.password) for route in tx.domain_routes.all() if route.password),
        ),
    )
