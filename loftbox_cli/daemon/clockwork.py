"""What time does by itself: rows fall due, approvals and leases run out, domains want their daily look."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from loftbox_cli.core.domain import Domain
from loftbox_cli.daemon.bell import Bell
from loftbox_cli.daemon.patience import persist
from loftbox_cli.services import answers, approvals, deliveries, domains
from loftbox_cli.services.tx import Tx
from loftbox_cli.wiring.rooms import Rooms

TICK = 1.0  # seconds between two looks at what time has done
SOONEST = 0.25  # seconds after which overdue rows that nobody could take are announced again
LATEST = 30.0
LOOK_AT_DOMAINS = 300.0  # seconds between two questions whether a domain is due for its daily look

log = structlog.get_logger("clockwork")


async def announce(rooms: Rooms, bell: Bell) -> None:
    """Ring when the next row falls due."""
    while True:
        seen = bell.rung
        due = rooms.store.glance(_next_at)
        now = rooms.clock.now()
        seconds = LATEST if due is None else min(LATEST, max(SOONEST, (due - now).total_seconds()))
        await bell.wait(seen, seconds)
        if seen == bell.rung:
            bell.ring()


def _next_at(tx: Tx) -> datetime | None:
    return tx.due.next_at()


async def let_time_pass(rooms: Rooms, bell: Bell) -> None:
    """Expire approvals and leases that are over, and forget old answers."""
    while True:
        now = rooms.clock.now()
        if rooms.store.glance(_over, now=now):
            for decided in await persist(rooms.store, approvals.expire, now=now):
                log.info("approval expired", approval_id=decided.approval.id)
            for delivery in await persist(rooms.store, deliveries.void_leases, now=now, lapsed_only=True):
                log.warning("lease lapsed", delivery_id=delivery.id, state=delivery.state.value)
            await persist(rooms.store, answers.forget, now=now)
        await bell.wait(bell.rung, TICK)


def _over(tx: Tx, *, now: datetime) -> bool:
    return bool(tx.due.approvals(now, 1) or tx.due.lapsed(now, 1) or answers.old(tx, now=now))


async def look_at_domains(rooms: Rooms, bell: Bell, look: Callable[[Domain], Awaitable[Domain]]) -> None:
    """Look at each verified domain once a day; what changed is an event."""
    while True:
        for domain in rooms.store.glance(domains.due_for_a_look, now=rooms.clock.now()):
            after = await look(domain)
            log.info("domain looked at", domain=domain.name, state=after.state(rooms.clock.now()).value)
        seen = bell.rung
        await bell.wait(seen, LOOK_AT_DOMAINS)
