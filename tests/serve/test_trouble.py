"""What the gateway does when the world is not as it should be."""

import resource

import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.message import Direction
from loftbox_cli.edge.simulator.webhook_receiver import WebhookReceiver
from loftbox_cli.services.tx import Tx
from tests.serve.conftest import OpenGateway
from tests.serve.gateway import Gateway, api
from tests.serve.hop import Gate, Hop
from tests.serve.prepared import FREE, Keys, add_webhook
from tests.serve.smtp_client import MAIL, connected

OTHER = MAIL.replace(b"hello", b"hello again")
MESSAGE = {"mailbox": FREE, "to": ["jane@peer.test"], "subject": "Your order", "text": "It left."}


async def test_a_webhook_to_a_network_that_nobody_opened_is_not_dialed(open_gateway: OpenGateway) -> None:
    gateway = open_gateway(webhooks={"allow_networks": []})
    receiver = WebhookReceiver()
    await receiver.open()
    try:
        with gateway.opened(alone=True) as loftbox:
            add_webhook(loftbox, receiver.url, "message.received")
        daemon = await gateway.start()
        async with connected(gateway.smtp) as client:
            assert (await client.message("jane@peer.test", FREE, MAIL)).startswith("250 ")
        told = await daemon.said("webhook posted", status=0)
        assert "127.0.0.1" in told["fault"]
        assert await daemon.stop() == 0
        assert receiver.posts.items == ()
    finally:
        await receiver.close()


def break_disk(gateway: Gateway) -> None:
    """Let no commit of the daemon reach its disk, from now to its end: without root, and without a disk.

    Python ignores SIGXFSZ (setrlimit(2)), so a write beyond the limit fails as on a disk that refuses it.
    """
    # All that is committed goes to the end of this file first.
    largest = (gateway.store / "loftbox.db-wal").stat().st_size
    resource.prlimit(gateway.daemon.process.pid, resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))


@pytest.mark.rule("F4")
async def test_a_disk_that_refuses_is_451_and_503_and_a_new_start_takes_everything(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gateway = open_gateway()
    daemon = await gateway.start()
    async with connected(gateway.smtp) as sender, api(gateway, keys.agent) as agent:
        assert (await sender.message("jane@peer.test", FREE, MAIL)).startswith("250 ")
        break_disk(gateway)
        assert (await sender.message("jane@peer.test", FREE, OTHER)).startswith("451 4.3.")
        refused = await agent.post("/v1/messages", json=MESSAGE)
        assert refused.status_code in (503, 507)
        assert refused.headers["retry-after"]
        assert gateway.glance(lambda tx: tx.arrivals.count()) == 1
    assert await daemon.stop() == 0
    daemon = await gateway.start()
    async with connected(gateway.smtp) as sender, api(gateway, keys.agent) as agent:
        assert (await sender.message("jane@peer.test", FREE, OTHER)).startswith("250 ")
        assert (await agent.post("/v1/messages", json=MESSAGE)).status_code == 202
    await daemon.until(lambda: gateway.glance(_inbound) == 2)


def _inbound(tx: Tx) -> int:
    return tx.messages.count(direction=Direction.INBOUND)


async def test_a_disk_that_refuses_keeps_no_daemon_from_stopping(
    open_gateway: OpenGateway, keys: Keys
) -> None:
    gate = Gate()
    async with Hop(at_dot=gate.judge) as hop:
        gateway = open_gateway(delivery={"next_hop": hop.address}, limits={"shutdown_grace": "200ms"})
        daemon = await gateway.start()
        async with api(gateway, keys.agent) as agent:
            assert (await agent.post("/v1/messages", json=MESSAGE)).status_code == 202
        await gate.waits()
        break_disk(gateway)
        gate.open.set()
        await daemon.said("store takes nothing now", verb="record")
        assert await daemon.stop() == 0
        (delivery,) = gateway.glance(lambda tx: tx.deliveries.all())
        assert delivery.state is DeliveryState.SENDING
        daemon = await gateway.start()
        await daemon.said("attempt ended", state="delivered")
        kinds = [event.type.value for event in gateway.glance(lambda tx: tx.journal.after(0, 100))]
        assert kinds.count("message.uncertain") == 1
