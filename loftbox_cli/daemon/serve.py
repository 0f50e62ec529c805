"""Start, run until told to stop, stop without losing anything."""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import TryLater
from loftbox_cli.core.events import spell_time
from loftbox_cli.daemon import clockwork
from loftbox_cli.daemon.bell import Bells, watch
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.deliver import deliver_mail
from loftbox_cli.daemon.door import keep_counts, note_last_counts
from loftbox_cli.daemon.intake import read_mail
from loftbox_cli.daemon.notify import post_events
from loftbox_cli.daemon.patience import persist
from loftbox_cli.daemon.traffic import Traffic
from loftbox_cli.edge.system.sd_notify import ALIVE, READY, STOPPING
from loftbox_cli.services import deliveries, intake, notify, routes, setup
from loftbox_cli.services.tx import Queue
from loftbox_cli.wiring.rooms import Door, Doors, Rooms

READERS_AT_ONCE = 64
WAITING_BESIDE = 5  # deliveries that wait for silent peers, for each one that may be quick
POSTS_AT_ONCE = 64
POSTS_EACH = 8  # to one endpoint: a slow one holds no other
WATCH_EVERY = 0.2  # seconds; how soon a command's commit is noticed

log = structlog.get_logger("serve")


@dataclass(frozen=True, slots=True)
class House:
    """Everything that runs. `grace` and `watchdog` are seconds; without a watchdog it is None."""

    rooms: Rooms
    doors: Doors
    bells: Bells
    changed_elsewhere: Callable[[], bool]
    look: Callable[[Domain], Awaitable[Domain]]
    tell_system: Callable[[str], None]
    watchdog: float | None
    grace: float
    announce: Callable[[str, str, int], None]


async def serve(house: House) -> None:
    """Run until SIGTERM or SIGINT. SIGHUP reloads the certificates."""
    stop = _signals(house)
    rooms, bells = house.rooms, house.bells.queues
    await _recover(rooms)
    at_once = rooms.deliveries_at_once
    crews = (
        Crew(READERS_AT_ONCE, 1, bells[Queue.ARRIVALS].ring_soon),
        Crew(at_once, at_once, bells[Queue.DELIVERIES].ring_soon, beside=WAITING_BESIDE * at_once),
        Crew(POSTS_AT_ONCE, POSTS_EACH, bells[Queue.NOTIFICATIONS].ring_soon),
    )
    opened: list[Door] = []
    loops: list[asyncio.Task[None]] = []
    try:
        await _open(house, opened)
        loops += _start(house, *crews)
        house.tell_system(READY)
        await _until(stop, loops)
    finally:
        house.tell_system(STOPPING)
        log.info("stopping", grace=house.grace)
        await _stop(house, opened, loops, crews)
    log.info("stopped")


async def _recover(rooms: Rooms) -> None:
    """At a start nobody holds anything: what was under way is due again, or uncertain."""
    read = await persist(rooms.store, intake.void_leases)
    freed = await persist(rooms.store, deliveries.void_leases, now=rooms.clock.now())
    posted = await persist(rooms.store, notify.void_leases)
    await persist(rooms.store, routes.forget_unused, rooms.smarthost)
    if read or freed or posted:
        log.warning("picked up after a crash", unread=read, deliveries=len(freed), notifications=posted)


async def _open(house: House, opened: list[Door]) -> None:
    """Open the doors, say where they are, and note it for `loftbox status`."""
    for name, door in house.doors.by_name.items():
        await door.open()
        opened.append(door)
        house.announce(name, door.host, door.port)
    told = {name: {"host": door.host, "port": door.port} for name, door in house.doors.by_name.items()}
    since = spell_time(house.rooms.clock.now())
    words = json.dumps({"pid": os.getpid(), "since": since, "listening": told})
    await persist(house.rooms.store, setup.serving, words)


def _start(house: House, reading: Crew, carrying: Crew, posting: Crew) -> list[asyncio.Task[None]]:
    rooms, bells = house.rooms, house.bells
    return [
        asyncio.create_task(work, name=name)
        for name, work in (
            ("intake", read_mail(rooms, bells.queues[Queue.ARRIVALS], reading)),
            ("deliver", deliver_mail(rooms, bells.queues[Queue.DELIVERIES], carrying, _traffic(rooms))),
            ("notify", post_events(rooms, bells.queues[Queue.NOTIFICATIONS], posting)),
            ("time", clockwork.let_time_pass(rooms)),
            ("persons", clockwork.tell_persons(rooms)),
            ("domains", clockwork.look_at_domains(rooms, house.look)),
            ("door", keep_counts(rooms, house.doors)),
            ("watch", watch(bells, house.changed_elsewhere, WATCH_EVERY)),
            ("watchdog", _watchdog(house)),
        )
    ]


def _traffic(rooms: Rooms) -> Traffic:
    """One site never takes every slot: the others go on while it is slow."""
    at_once = rooms.deliveries_at_once
    return Traffic(max(1, at_once - at_once // 4))


async def _stop(
    house: House, opened: Sequence[Door], loops: Sequence[asyncio.Task[None]], crews: Sequence[Crew]
) -> None:
    """Take nothing new, finish what a peer has seen, put the rest back; all within the grace."""
    clock = asyncio.get_running_loop().time
    until = clock() + house.grace
    await _end(loops, house.grace)
    left = max(0.0, until - clock())
    await asyncio.gather(*(door.close(left) for door in opened), *(crew.rest(left) for crew in crews))
    await note_last_counts(house.rooms, house.doors)
    # Asked once: a full disk keeps nobody from stopping, and who looks asks the lock too.
    with contextlib.suppress(TryLater):
        await house.rooms.store.write_soon(setup.serving, "")


async def _end(loops: Sequence[asyncio.Task[None]], grace: float) -> None:
    """Cancel the loops. One that has to write something first gets so many seconds for it."""
    for loop in loops:
        loop.cancel()
    if loops:
        _, late = await asyncio.wait(loops, timeout=grace)
        for loop in late:
            loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


async def _until(stop: asyncio.Event, loops: list[asyncio.Task[None]]) -> None:
    """Wait for the signal. A loop that ends by itself is a defect: stop, so that a restart can mend it."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([stopping, *loops], return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done - {stopping}:
        task.result()


async def _watchdog(house: House) -> None:
    while house.watchdog is not None:
        house.tell_system(ALIVE)
        await asyncio.sleep(house.watchdog)
    await asyncio.Event().wait()


def _signals(house: House) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_signal_handler(signal.SIGHUP, house.doors.reload)
    return stop
