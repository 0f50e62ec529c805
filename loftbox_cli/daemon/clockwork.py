"""What time does by itself: approvals and leases run out, domains want their daily look."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import TryLater
from loftbox_cli.daemon.patience import persist
from loftbox_cli.services import answers, approvals, deliveries, domains, notices, queue, schedule
from loftbox_cli.services.tx import Tx
from loftbox_cli.wiring.rooms import Rooms

TICK = 1.0  # seconds between two looks at what time has done
LOOK_AT_DOMAINS = 300.0  # seconds between two questions whether a domain is due for its daily look

log = structlog.get_logger("clockwork")


async def let_time_pass(rooms: Rooms) -> None:
    """Expire what ran out, let go what was scheduled, tell delays, forget old answers."""
    while True:
        now = rooms.clock.now()
        if rooms.store.glance(_over, now=now):
            for decided in await persist(rooms.store, approvals.expire, now=now):
                log.info("approval expired", approval_id=decided.approval.id)
            for message in await persist(rooms.store, schedule.let_go, now=now):
                log.info("scheduled time came", message_id=message.id, state=message.state.value)
            await persist(rooms.store, queue.let_time_pass, schedule=rooms.mail_schedule, now=now)
            for delivery in await persist(rooms.store, deliveries.void_leases, now=now, lapsed_only=True):
                log.warning("lease lapsed", delivery_id=delivery.id, state=delivery.state.value)
            await persist(rooms.store, answers.forget, now=now)
        await asyncio.sleep(TICK)


def _over(tx: Tx, *, now: datetime) -> bool:
    return bool(
        tx.due.approvals(now, 1)
        or tx.due.scheduled(now, 1)
        or tx.due.lapsed(now, 1)
        or queue.something_to_look_at(tx, now=now)
        or answers.old(tx, now=now)
    )


async def tell_persons(rooms: Rooms) -> None:
    """Write to people about what waits for them."""
    while True:
        now = rooms.clock.now()
        if rooms.notices and rooms.store.glance(notices.due, now=now):
            for told in await persist(rooms.store, notices.write, tag_secret=rooms.tag_secret, now=now):
                log.info("persons told", approval_id=told.approval.id, notices=len(told.notices))
        await asyncio.sleep(TICK)


async def look_at_domains(rooms: Rooms, look: Callable[[Domain], Awaitable[Domain]]) -> None:
    """Look at each verified domain when it is due; what changed is an event."""
    while True:
        for domain in rooms.store.glance(domains.due_for_a_look, now=rooms.clock.now()):
            try:
                after = await look(domain)
            except TryLater as error:
                # It stays due; a full disk is no reason to end the daemon.
                log.warning("look not kept", domain=domain.name, why=error.fact, fix=error.fix)
                continue
            log.info("domain looked at", domain=domain.name, state=after.state(rooms.clock.now()).value)
        await asyncio.sleep(LOOK_AT_DOMAINS)
