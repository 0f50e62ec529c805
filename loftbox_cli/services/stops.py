"""What a pause stops, and for how long it has stopped it.

A pause changes no delivery. Whether one waits is looked up among the pauses of this
moment; how long it has been held so far, among those that are over. So a pause of
everything costs one row, and takes effect at once.
"""

from datetime import datetime, timedelta

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.pause import GATEWAY, Pause, PauseScope, time_paused
from loftbox_cli.services.tx import Tx

_WIDEST_FIRST = tuple(PauseScope)


def held_by(tx: Tx, delivery: Delivery) -> tuple[Pause, ...]:
    """The pauses that hold a delivery, the widest first."""
    pauses = tx.pauses.all()
    if not pauses:
        return ()
    targets = _targets(tx, delivery)
    found = [pause for pause in pauses if pause.target in targets]
    return tuple(sorted(found, key=lambda pause: _WIDEST_FIRST.index(pause.scope)))


def time_held(tx: Tx, delivery: Delivery, now: datetime) -> timedelta:
    """How long pauses have held a delivery since it was queued."""
    pauses, spans = tx.pauses.all(), tx.pause_spans.all()
    if not pauses and not spans:
        return timedelta(0)
    targets = _targets(tx, delivery)
    held = [(span.since, span.until) for span in spans if span.target in targets]
    held += [(pause.at, now) for pause in pauses if pause.target in targets]
    return time_paused(held, delivery.queued_at, now)


def _targets(tx: Tx, delivery: Delivery) -> frozenset[str | None]:
    agent_id = tx.mailboxes.get(delivery.mailbox_id).agent_id
    return frozenset(
        (GATEWAY, delivery.mailbox_id, delivery.domain_id, delivery.destination, agent_id),
    )
