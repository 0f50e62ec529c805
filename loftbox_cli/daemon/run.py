"""From settings to a running daemon: the lock, the store brought up to date, the event loop."""

import asyncio
import gc
import os
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from loftbox_cli.core.errors import NotInitialised
from loftbox_cli.daemon.bell import Bells
from loftbox_cli.daemon.serve import House, serve
from loftbox_cli.edge.config_file.load import Loaded
from loftbox_cli.edge.store.upgrade import upgrade
from loftbox_cli.edge.system import journal_log, sd_notify
from loftbox_cli.edge.system.lock import StoreLock
from loftbox_cli.edge.system.open_files import allow_many_open_files
from loftbox_cli.edge.system.owner import check_owner, current_user
from loftbox_cli.wiring import LoftBox
from loftbox_cli.wiring.serving import doors, rooms

COLLECTED_AT = 10_000  # objects made since the last look at the youngest; Python's own is 700

Announce = Callable[[str, str, int], None]

log = structlog.get_logger("store")


def run(loaded: Loaded, announce: Announce, ready: Callable[[], None]) -> None:
    """Run the gateway until it is told to stop.

    Raises AlreadyRunning, NotInitialised, NoMasterKey or another BadConfiguration before
    anything is opened.
    """
    journal_log.configure(loaded.settings.log.format, loaded.settings.log.level)
    check_owner(loaded.store, user=current_user())
    loftbox = LoftBox(loaded, alone=True)
    if not loftbox.file.exists():
        raise NotInitialised(f"there is no store at {loftbox.file}", fix="loftbox init makes one")
    allow_many_open_files()
    with StoreLock(loaded.store) as lock:
        if kept := upgrade(loftbox.file):
            log.info("store brought up to date", kept=str(kept), fix="remove the copy when all is well")
        loftbox.store.on_failure(lock.tell_failure)
        try:
            _event_loop()(_serve(loftbox, announce, ready))
        finally:
            loftbox.close()


def _event_loop() -> Callable[[Coroutine[Any, Any, None]], None]:
    try:
        import uvloop
    except ImportError:  # there is no wheel for this platform
        return asyncio.run
    return uvloop.run


async def _serve(loftbox: LoftBox, announce: Announce, ready: Callable[[], None]) -> None:
    bells = Bells(asyncio.get_running_loop())
    loftbox.store.on_filled(bells.filled)
    loftbox.store.on_commit(bells.any.ring_from_thread)

    async def wait_for_change(seconds: float) -> None:
        await bells.any.wait(bells.any.rung, seconds)

    def tell_system(line: str) -> None:
        sd_notify.notify(line, environ=os.environ)
        if line == sd_notify.READY:
            ready()

    plugged = rooms(loftbox)
    try:
        opened = doors(loftbox, wait_for_change)
        _leave_the_start_alone()
        await serve(
            House(
                rooms=plugged,
                doors=opened,
                bells=bells,
                changed_elsewhere=loftbox.store.changed_elsewhere,
                look=loftbox.look,
                tell_system=tell_system,
                watchdog=sd_notify.watchdog_interval(os.environ),
                grace=loftbox.settings.limits.shutdown_grace.total_seconds(),
                announce=announce,
            )
        )
    finally:
        await asyncio.gather(*(wire.close() for wire in plugged.to_close))


def _leave_the_start_alone() -> None:
    """Keep all that the start has made out of the garbage collector's rounds, and let them be fewer.

    It would look through some 170,000 objects that live as long as the daemon, again and
    again: a tenth of what accepting a small mail costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AT)
