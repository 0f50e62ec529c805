"""A gateway that is killed at each step of a delivery sends it all the same, and tells what nobody knows."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.services.tx import Tx
from tests.serve.conftest import OpenGateway
from tests.serve.daemon import PATIENCE, Daemon
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

    def __init__(self) -> None:
        self._daemon: Daemon | None = None
        self._step = ""
        self.struck = asyncio.Event()

    def arm(self, daemon: Daemon, step: str) -> None:
        """From here on it strikes at this step, once."""
        self._daemon, self._step = daemon, step
        self.struck.clear()

    async def witness(self, step: str) -> None:
        """Strike at this step, if it is the one; whoever comes by later goes on."""
        if step == self._step and self._daemon is not None:
            daemon, self._daemon = self._daemon, None
            daemon.process.kill()
            self.struck.set()
            await daemon.process.wait()


async def send(gateway: Gateway, keys: Keys, turn: int) -> None:
    async with api(gateway, keys.agent) as client:
        for number in range(MESSAGES):
            answer = await client.post(
                "/v1/messages",
                json={
                    "mailbox": FREE,
                    "to": [f"jane{turn}.{number}@peer.test"],
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


async def killed_at(steps: Sequence[str], gateway: Gateway, keys: Keys, executioner: Executioner) -> None:
    """Send some mail and kill the gateway, once at each step; then let it finish."""
    for number, step in enumerate(steps):
        daemon = await gateway.start()
        executioner.arm(daemon, step)
        # What it answered 202 is in the store; the rest was refused, and nobody counts on it.
        await asyncio.gather(send(gateway, keys, number), return_exceptions=True)
        await executioner.witness("submitted")
        async with asyncio.timeout(PATIENCE):
            await executioner.struck.wait()
        await daemon.ended()
    daemon = await gateway.start()
    with gateway.opened() as loftbox:
        await daemon.until(lambda: loftbox.store.glance(drained))
    assert await daemon.stop() == 0


@pytest.mark.rule("F1")
@pytest.mark.rule("O29")
@pytest.mark.parametrize("steps", [BEFORE_DATA, FROM_DATA_ON], ids=["before DATA", "from DATA on"])
async def test_a_kill_at_any_step_loses_nothing_and_repeats_only_what_is_shown_as_uncertain(
    open_gateway: OpenGateway, keys: Keys, steps: Sequence[str]
) -> None:
    executioner = Executioner()
    async with Hop(witness=executioner.witness) as hop:
        settings = {"next_hop": hop.address, "retry": ["20ms", "100ms"], "give_up_after": "1h"}
        gateway = open_gateway(delivery=settings)
        await killed_at(steps, gateway, keys, executioner)
    found = gateway.glance(deliveries)
    doubtful = gateway.glance(uncertain)
    assert found
    for delivery in found:
        copies = [each for each in hop.copies if each.rcpt_to == delivery.recipient]
        assert delivery.state is DeliveryState.DELIVERED
        # Others were under way beside the one at which it was killed.
        assert 1 <= len(copies) <= 1 + doubtful[delivery.id]
        assert len({copy.message_id for copy in copies}) == 1
    assert {each.rcpt_to for each in hop.copies} == {each.recipient for each in found}
    if steps is FROM_DATA_ON:
        # After "answered" the record may have been quicker than the kill.
        assert doubtful.total() >= len(FROM_DATA_ON) - 1
