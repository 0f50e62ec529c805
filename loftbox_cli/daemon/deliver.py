"""The deliver loop: claim, load, sign, carry, record."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import structlog

from loftbox_cli.core.compose import stamp
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.dkim_key import DkimKey
from loftbox_cli.core.errors import LeaseLost, Paused
from loftbox_cli.core.link import OCTETS, new_link
from loftbox_cli.core.local_mail import arriving
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.daemon.bell import SOONEST, Bell, rest
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.patience import persist, take
from loftbox_cli.daemon.traffic import Traffic
from loftbox_cli.services import accept, deliveries, local, notices, outcomes
from loftbox_cli.services.tx import DomainKey
from loftbox_cli.wiring.rooms import Rooms

T = TypeVar("T")

LARGE = 256 * 1024  # octets from which work on them would hold up the event loop
MOST_KEYS = 1024  # that stay open, as the signer keeps them
LOOK_AGAIN = 1.0  # seconds without a ring, while deliveries are under way

Open = Callable[[DomainKey], DkimKey]

log = structlog.get_logger("deliver")


class _SiteIsFullError(Exception):
    """The destination turned out to lie behind servers that have enough just now."""


class _NotWhatWasLetGoError(Exception):
    """Bytes or envelope are others than the gate and its persons saw."""


async def worked(octets: bytes, work: Callable[[], T]) -> T:
    """Do some work on these octets here when they are few, else in a thread."""
    return work() if len(octets) <= LARGE else await asyncio.to_thread(work)


class Carriage:
    """One delivery on its way."""

    def __init__(self, rooms: Rooms, opened: Open, traffic: Traffic, claimed: deliveries.Claimed) -> None:
        self._rooms = rooms
        self._opened = opened
        self._traffic = traffic
        self._claimed = claimed
        self._delivery = delivery = claimed.delivery
        self._site = traffic.begins(delivery)
        self._handed_over = False
        self._said = log.bind(
            delivery_id=delivery.id, message_id=delivery.message_id, attempt=delivery.attempts
        )

    def harmless_to_stop(self) -> bool:
        """Before DATA no peer has seen the message."""
        return not self._handed_over

    async def run(self) -> None:
        """Carry it and record what was seen. What ends before DATA counts as no attempt."""
        try:
            await self._run()
        finally:
            self._traffic.ends(self._site)

    async def _run(self) -> None:
        renewing = asyncio.create_task(self._keep_lease())
        try:
            report = await self._carry()
        except asyncio.CancelledError:
            if not self._handed_over:
                await _put_back(self._rooms, self._delivery)
            raise
        except _SiteIsFullError:
            await _put_back(self._rooms, self._delivery)
            return
        except _NotWhatWasLetGoError:
            await self._set_aside()
            return
        except Paused as error:
            self._said.info("attempt stopped", why=error.fact)
            await _put_back(self._rooms, self._delivery)
            return
        except LeaseLost as error:
            self._said.warning("delivery taken over", why=error.fact)
            return
        except Exception:  # noqa: BLE001  whatever went wrong, the attempt has to be recorded
            # A defect of ours says nothing about the peer or the message: tried again later.
            self._said.exception("attempt broke off")
            stage = Stage.DOT if self._handed_over else Stage.ROUTE
            await self._record(Report(stage, fault="LoftBox failed in this attempt"))
            return
        finally:
            renewing.cancel()
        if report is None:
            return
        await self._record(report)
        await self._learn(report)

    async def _set_aside(self) -> None:
        why = "the stored bytes or recipients are not those that were let go"
        await persist(
            self._rooms.store,
            deliveries.set_aside,
            self._delivery.id,
            self._delivery.fence,
            why=why,
            now=self._rooms.clock.now(),
        )
        self._said.error("delivery set aside", why=why)

    async def _carry(self) -> Report | None:
        """Hand it over; None where what came of it is recorded already."""
        load = self._rooms.store.glance(deliveries.load, self._claimed)
        if not await worked(load.raw, lambda: deliveries.is_whole(load, self._delivery.recipient)):
            raise _NotWhatWasLetGoError
        if not load.local:
            await self._find_site(load.domain)
        released_at = load.message.released_at or self._rooms.clock.now()
        stamped = stamp(
            await self._leaving(load), date=released_at, auto_submitted=load.message.auto_submitted
        )
        keys = [self._opened(key) for key in load.keys]
        signed = await worked(
            stamped,
            lambda: self._rooms.signer.sign(
                stamped, domain=load.domain, keys=keys, at=self._rooms.clock.now()
            ),
        )
        if load.local:
            await self._hand_in(load, signed)
            return None
        parcel = Parcel(
            load.message.mail_from, self._delivery.recipient, self._delivery.destination, signed, load.domain
        )
        return await self._rooms.courier.carry(parcel, before_data=self._before_data)

    async def _leaving(self, load: deliveries.Load) -> bytes:
        """The bytes as they leave: a notice learns only now how its person may answer."""
        if not notices.is_notice(load.message):
            return load.raw
        link = None
        if self._rooms.public_url:
            link = new_link(self._rooms.chance(OCTETS), self._rooms.chance(OCTETS))
            await persist(
                self._rooms.store, notices.keep_link, load.message, link, now=self._rooms.clock.now()
            )
        return notices.as_it_leaves(load.message, link, self._rooms.public_url)

    async def _hand_in(self, load: deliveries.Load, signed: bytes) -> None:
        """Let this gateway take it in itself, and record it in the same commit."""
        now = self._rooms.clock.now()
        arrival = arriving(self._delivery, load.message.mail_from, signed, host=self._rooms.hostname, now=now)
        mail = await worked(signed, lambda: accept.prepare(arrival))
        after = await persist(
            self._rooms.store,
            local.hand_in,
            self._delivery,
            mail,
            tag_secret=self._rooms.tag_secret,
            schedule=self._rooms.mail_schedule,
            spread=self._rooms.spread(),
            now=now,
        )
        self._said.info("handed in here", state=after.state.value, code=after.last_code)

    async def _find_site(self, domain: str) -> None:
        """Count it for the servers that it goes to; two domains may lie behind the same ones."""
        destination = self._delivery.destination
        site = await self._rooms.courier.site(destination, domain) or destination
        if not self._traffic.joins(self._delivery, self._site, site):
            raise _SiteIsFullError
        self._site = self._traffic.moves(self._site, site)

    async def _keep_lease(self) -> None:
        # Once it is lost, handing over and recording find that out for themselves.
        with suppress(LeaseLost):
            while True:
                await asyncio.sleep(deliveries.RENEW_EVERY.total_seconds())
                await persist(
                    self._rooms.store,
                    deliveries.renew,
                    self._delivery.id,
                    self._delivery.fence,
                    now=self._rooms.clock.now(),
                )

    async def _before_data(self) -> None:
        await persist(
            self._rooms.store,
            deliveries.hand_over,
            self._delivery.id,
            self._delivery.fence,
            now=self._rooms.clock.now(),
        )
        self._handed_over = True

    async def _record(self, report: Report) -> None:
        try:
            after = await persist(
                self._rooms.store,
                outcomes.record,
                self._delivery.id,
                self._delivery.fence,
                report,
                schedule=self._rooms.mail_schedule,
                spread=self._rooms.spread(),
                now=self._rooms.clock.now(),
            )
        except LeaseLost as error:
            self._said.warning("delivery taken over", why=error.fact)
            return
        self._said.info("attempt ended", state=after.state.value, code=after.last_code, host=report.host)

    async def _learn(self, report: Report) -> None:
        if rested := self._traffic.saw(self._site, report, self._rooms.clock.now()):
            log.info("site rests", site=rested.site, until=rested.until.isoformat(), why=rested.why)
            await persist(self._rooms.store, outcomes.keep_rest, rested)
            self._traffic.kept(rested)


async def deliver_mail(rooms: Rooms, bell: Bell, crew: Crew, traffic: Traffic) -> None:
    """Carry what is due, for ever."""

    @lru_cache(maxsize=MOST_KEYS)
    def opened(key: DomainKey) -> DkimKey:
        sealed = DkimKey(key.selector, key.algorithm, key.private, key.public)
        return replace(sealed, private=rooms.sealer.open(key.private, purpose=sealed.seal_purpose))

    while True:
        seen = bell.rung
        now = rooms.clock.now()
        slots = traffic.slots(crew.free, rooms.store.glance(outcomes.rests), now)
        next_at = None
        if slots.free:
            claimed = await _claimed(rooms, slots)
            for each in claimed:
                carriage = Carriage(rooms, opened, traffic, each)
                crew.start(
                    each.delivery.destination, carriage.run(), harmless_to_stop=carriage.harmless_to_stop
                )
            if claimed:
                continue
            # While deliveries are under way each end of one rings: no need to ask what comes then.
            next_at = None if crew.tasks else rooms.store.glance(deliveries.next_at, slots)
        await bell.wait(seen, _pause(rest(next_at, now), crew))


def _pause(seconds: float, crew: Crew) -> float:
    """No longer than until somebody else may have a turn while deliveries are under way."""
    if not crew.tasks:
        return seconds
    if crew.free or crew.frees_in is None:
        return min(seconds, LOOK_AGAIN)
    return min(seconds, max(SOONEST, crew.frees_in))


async def _claimed(rooms: Rooms, slots: Slots) -> Sequence[deliveries.Claimed]:
    """Claim what is due."""

    async def put_back(claimed: deliveries.Claimed) -> None:
        await _put_back(rooms, claimed.delivery)

    return await take(
        rooms.store,
        put_back,
        deliveries.claim,
        slots,
        schedule=rooms.mail_schedule,
        spread=rooms.spread(),
        now=rooms.clock.now(),
    )


async def _put_back(rooms: Rooms, delivery: Delivery) -> None:
    # A stop can come when what the attempt saw is committed already: then there is nothing to undo.
    with suppress(LeaseLost):
        await persist(rooms.store, deliveries.put_back, delivery.id, delivery.fence, now=rooms.clock.now())
