"""What lies around the gateway of the demo: DNS, a recipient with a mail server, an agent's web server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from loftbox_cli.edge.simulator.recipient import Recipient
from loftbox_cli.edge.simulator.webhook_receiver import WebhookReceiver
from loftbox_cli.edge.simulator.zone_server import ZoneServer
from loftbox_cli.edge.system.certificate import make_certificate, server_context

# Names that RFC 2606 section 2 keeps free for tests.
DOMAIN = "demo.test"
MAIL_HOST = f"mx.{DOMAIN}"
CUSTOMER_DOMAIN = "customer.test"
CUSTOMER = f"jane@{CUSTOMER_DOMAIN}"
CUSTOMER_HOST = f"mail.{CUSTOMER_DOMAIN}"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class World:
    """The other side, listening."""

    zone: ZoneServer
    recipient: Recipient
    receiver: WebhookReceiver


@asynccontextmanager
async def open_world(folder: Path, *, now: datetime) -> AsyncIterator[World]:
    """Start it on loopback, with a certificate in `folder`.

    Of the gateway's own domain DNS knows the mail host with its address, and nothing else.
    """
    certificate = folder / "customer"
    certificate.mkdir(mode=0o700)
    zone = ZoneServer(
        {
            (CUSTOMER_DOMAIN, "MX"): [f"10 {CUSTOMER_HOST}"],
            (CUSTOMER_HOST, "A"): [LOOPBACK],
            (MAIL_HOST, "A"): [LOOPBACK],
            (MAIL_HOST, "TXT"): ["v=spf1 a -all"],
            (LOOPBACK, "PTR"): [f"{MAIL_HOST}."],
        },
        host=LOOPBACK,
    )
    world = World(
        zone=zone,
        recipient=Recipient(
            hostname=CUSTOMER_HOST,
            host=LOOPBACK,
            tls=server_context(*make_certificate(certificate, CUSTOMER_HOST, now=now)),
        ),
        receiver=WebhookReceiver(host=LOOPBACK),
    )
    async with AsyncExitStack() as closing:
        for server in (world.zone, world.recipient, world.receiver):
            await server.open()
            closing.push_async_callback(server.close)
        yield world
