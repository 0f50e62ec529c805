"""One run: load, kills and restarts, then everything is drained and reconciled."""

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random  # noqa: TID251 - seeded, so that what a seed found can be looked for again
from typing import Any

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.edge.simulator.webhook_receiver import WebhookReceiver
from loftbox_cli.services.tx import Tx
from tests.serve.daemon import Daemon
from tests.serve.doom import Doom
from tests.serve.gateway import Gateway
from tests.serve.hop import DROP, TAKEN, Hop
from tests.serve.load import Ledger, Load
from tests.serve.prepared import Keys, add_webhook
from tests.serve.reconcile import drained, faults

SENDERS = 4
AGENTS = 4
IN_ORDER = "exit code 0, 0 deliveries in the air"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written, and what became of it that should not have."""

    ledger: Ledger
    copies: int
    posts: int
    faults: list[str]


class World:
    """A next hop and a webhook's receiver with moods: mostly they do what they are there for."""

    def __init__(self, chance: Random, doom: Doom) -> None:
        self._chance = chance
        self._doom = doom
        self.hop = Hop(at_rcpt=self._at_rcpt, at_dot=self._at_dot)
        self.receiver = WebhookReceiver()

    async def _at_rcpt(self, _: str) -> str:
        return "451 4.7.1 come again" if self._chance.random() < 0.05 else TAKEN

    async def _at_dot(self, _: str) -> str:
        self._doom.step()
        (answer,) = self._chance.choices((TAKEN, DROP, "451 4.3.0 no room now"), (90, 5, 5))
        return answer

    async def take_webhooks(self) -> None:
        """Step with each webhook that comes, and change the mood."""
        number = 0
        while True:
            number += 1
            await self.receiver.posts.nth(number)
            self._doom.step()
            self.receiver.status = 503 if self._chance.random() < 0.1 else 200


def settings_for(hop: Hop) -> dict[str, dict[str, Any]]:
    """What a gateway needs whose retries a test can wait for."""
    return {
        "delivery": {"next_hop": hop.address, "retry": ["20ms", "100ms"], "give_up_after": "1h"},
        "webhooks": {"allow_networks": ["127.0.0.0/8"], "retry": ["0s", *["50ms"] * 200]},
    }


async def run(
    gateway: Gateway, keys: Keys, world: World, chance: Random, doom: Doom, *, kills: int
) -> Outcome:
    """Write to the gateway while it is killed so many times; answer what is wrong afterwards.

    One time in four it is asked to stop instead, and then leaves nothing half done.

    `world` is open, and `gateway` has its settings.
    """
    with gateway.opened(alone=True) as loftbox:
        add_webhook(loftbox, world.receiver.url)
    load = Load(gateway, keys.agent, doom.step)
    ports = _ports(chance)
    stops: list[str] = []
    async with AsyncExitStack() as closing, asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(world.take_webhooks())
        closing.callback(watching.cancel)
        workers = [tasks.create_task(load.mail()) for _ in range(SENDERS)]
        workers += [tasks.create_task(load.post()) for _ in range(AGENTS)]
        for _ in range(kills):
            if chance.random() < 0.25:
                await _die_young(await gateway.spawn(*ports))
            (number,) = chance.choices((signal.SIGKILL, signal.SIGTERM), (3, 1))
            doom.arm(await gateway.start(*ports), number)
            load.up.set()
            await doom.struck.wait()
            load.up.clear()
            code = await gateway.daemon.ended()
            if number == signal.SIGTERM:
                stops.append(f"exit code {code}, {gateway.glance(_in_the_air)} deliveries in the air")
        daemon = await gateway.start(*ports)
        load.ending = True
        load.up.set()
        await asyncio.gather(*workers)
        with gateway.opened() as loftbox:
            await daemon.until(lambda: loftbox.store.glance(drained))
        watching.cancel()
    assert await daemon.stop() == 0
    posts, copies = world.receiver.posts.items, world.hop.copies
    wrong = gateway.glance(faults, load.ledger, copies, posts)
    wrong += [f"a stop ended with {each}" for each in stops if each != IN_ORDER]
    return Outcome(load.ledger, len(copies), len(posts), wrong)


def _in_the_air(tx: Tx) -> int:
    return tx.deliveries.count(state=DeliveryState.SENDING)


async def _die_young(daemon: Daemon) -> None:
    """Kill it while it starts, in the middle of what it picks up after the last one."""
    await daemon.until(lambda: daemon.log or daemon.announced)
    await daemon.kill()


def _ports(chance: Random) -> tuple[str, ...]:
    """Two ports for all daemons of a run, below those that the system gives to clients.

    A client that dials such a port while nobody listens there could be given it for its own end,
    and talk to itself (RFC 9293 section 3.5 allows that).
    """
    first = chance.randrange(12_000, 30_000, 2)
    return "--smtp-port", str(first), "--http-port", str(first + 1)
