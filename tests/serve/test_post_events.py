"""The notify loop and what must not stop it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

from loftbox_cli.core.endpoint import SEAL_PURPOSE, NotificationState
from loftbox_cli.core.webhook_signature import SECRET_OCTETS
from loftbox_cli.daemon.bell import Bell
from loftbox_cli.daemon.crew import Crew
from loftbox_cli.daemon.notify import post_events
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services import notify
from loftbox_cli.wiring.rooms import Rooms
from tests.serve.daemon import PATIENCE
from tests.services.house import opened_house


class Broken:
    """A poster with a defect."""

    async def post(self, *_: object) -> NoReturn:
        raise RuntimeError("a defect")


class Open:
    """A sealer that has the same secret in everything."""

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        assert (sealed, purpose) == (b"sealed", SEAL_PURPOSE)
        return bytes(SECRET_OCTETS)


async def test_a_post_that_broke_off_is_recorded_and_due_again(tmp_path: Path) -> None:
    with opened_house(tmp_path) as house:
        mailbox = house.mailbox()
        house.endpoint("message.received")
        house.receive(mailbox.address)
        ended = asyncio.Event()
        rooms: dict[str, Any] = {
            "store": house.store,
            "clock": house.clock,
            "sealer": Open(),
            "poster": Broken(),
            "spread": lambda: 0.0,
            "webhook_waits": (timedelta(0), timedelta(minutes=1)),
        }
        loop = asyncio.create_task(
            post_events(
                cast("Rooms", SimpleNamespace(**rooms)),
                Bell(asyncio.get_running_loop()),
                Crew(1, 1, ended.set),
            )
        )
        async with asyncio.timeout(PATIENCE):
            await ended.wait()
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        (notification,) = house.see(lambda tx: tx.notifications.all())
        assert notification.state is NotificationState.PENDING
        assert notification.next_at == house.now + timedelta(minutes=1)
        assert notification.last_fault == "LoftBox failed in this attempt"


class Gated:
    """A store in which a claim waits until the test lets it through."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write_behind(self, verb: Any, *args: Any, **kwargs: Any) -> Any:
        if verb is notify.claim:
            self.asked.set()
            await self.open.wait()
        return await self._store.write_behind(verb, *args, **kwargs)


async def test_a_stop_in_the_middle_of_a_claim_uses_up_no_try(tmp_path: Path) -> None:
    with opened_house(tmp_path) as house:
        house.endpoint("message.received")
        house.receive(house.mailbox().address)
        gated = Gated(house.store)
        rooms: dict[str, Any] = {"store": gated, "clock": house.clock, "sealer": Open(), "poster": Broken()}
        crew = Crew(1, 1, lambda: None)
        loop = asyncio.create_task(
            post_events(cast("Rooms", SimpleNamespace(**rooms)), Bell(asyncio.get_running_loop()), crew)
        )
        async with asyncio.timeout(PATIENCE):
            await gated.asked.wait()
            loop.cancel()
            gated.open.set()
            await asyncio.gather(loop, return_exceptions=True)
        (notification,) = house.see(lambda tx: tx.notifications.all())
        assert (notification.state, notification.attempts) == (NotificationState.PENDING, 0)
        assert notification.lease_until is None
        assert notification.next_at == house.now
        assert len(crew) == 0
