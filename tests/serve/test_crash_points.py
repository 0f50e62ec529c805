"""A gateway that is killed at each step of a delivery sends it all the same, and tells what nobody knows."""

import asyncio
from collections import Counter

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.services.tx import Tx
from tests.serve.conftest import OpenGateway
from tests.serve.daemon import PATIENCE
from tests.serve.gateway import Gateway, api
from tests.serve.hop import Hop
from tests.serve.prepared import FREE, Keys
from tests.serve.reconcile import drained

MESSAGES = 3
# Before DATA no peer has seen the message; from the commit before DATA on, one may have it.
BEFORE_DATA = ("submitted", "connect", "EHLO", "MAIL", "RCPT")
FROM_DATA_ON = ("DATA", "line", "dot", "answered")


class Executioner:
    """Kills the gateway when the next hop comes to a step for the first time."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._gateway: Gateway | None = None
        self.struck = asyncio.Event()

    def arm(self, gateway: Gateway) -> None:
        """From here on it may strike."""
        self._gateway = gateway

    async def witness(self, step: str) -> None:
        """Strike at this step, if it is the one; whoever comes by later goes on."""
        if step == self._step and self._gateway is not None and not self.struck.is_set():
            self._gateway.daemon.process.kill()
            self.struck.set()
            await self._gateway.daemon.process.wait()


async def send(gateway: Gateway, keys: Keys) -> None:
    async with api(gateway, keys.agent) as client:
        for number in range(MESSAGES):
            answer = await client.post(
                "/v1/messages",
                json={
                    "mailbox": FREE,
                    "to": [f"jane{number}@peer.test"],
                    "subject": f"Number {number}",
                    "text": "Hi",
                },
            )
            assert answer.status_code == 202


def deliveries(tx: Tx) -> list[Delivery]:
    return tx.deliveries.all()


def uncertain(tx: Tx) -> Counter[str | None]:
    events = tx.journal.after(0, 10_000)
    return Counter(each.delivery_id for each in events if each.type is EventType.MESSAGE_UNCERTAIN)


@pytest.mark.rule("O29")
@pytest.mark.parametrize("step", [*BEFORE_DATA, *FROM_DATA_ON])
async def test_a_kill_at_any_step_loses_nothing_and_repeats_only_what_is_shown_as_uncertain(
    open_gateway: OpenGateway, keys: Keys, step: str
) -> None:
    executioner = Executioner(step)
    async with Hop(witness=executioner.witness) as hop:
        settings = {"next_hop": hop.address, "retry": ["20ms", "100ms"], "give_up_after": "1h"}
        gateway = open_gateway(delivery=settings)
        await gateway.start()
        if step == "submitted":
            await send(gateway, keys)
            executioner.arm(gateway)
            await executioner.witness(step)
        else:
            executioner.arm(gateway)
            # What it had answered 202 is in the store; the rest was refused, and nobody counts on it.
            await asyncio.gather(send(gateway, keys), return_exceptions=True)
        async with asyncio.timeout(PATIENCE):
            await executioner.struck.wait()
        await gateway.daemon.ended()
        daemon = await gateway.start()
        with gateway.opened() as loftbox:
            await daemon.until(lambda: loftbox.store.glance(drained))
        assert await daemon.stop() == 0
    found = gateway.glance(deliveries)
    doubtful = gateway.glance(uncertain)
    assert found
    for delivery in found:
        copies = [each for each in hop.copies if each.rcpt_to == delivery.recipient]
        assert delivery.state is DeliveryState.DELIVERED
        assert 1 <= len(copies) <= 1 + doubtful[delivery.id] <= 2
        assert len({copy.message_id for copy in copies}) == 1
    assert {each.rcpt_to for each in hop.copies} == {each.recipient for each in found}
    if step in BEFORE_DATA:
        assert len(hop.copies) == len(found)
    if step in FROM_DATA_ON[:-1]:
        assert doubtful.total() >= 1
