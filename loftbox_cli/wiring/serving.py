"""The daemon's rooms, plugged together."""

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from loftbox_cli.core.door_counts import DoorCounts, read_counts
from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.ip_family import IpFamily
from loftbox_cli.core.peer_limits import PeerRates
from loftbox_cli.core.retry import Schedule
from loftbox_cli.edge.system import chance
from loftbox_cli.edge.system.certificate import load_certificate, server_context
from loftbox_cli.edge.system.disk import RoomWatch, room
from loftbox_cli.services import accept, recipients
from loftbox_cli.wiring import LoftBox
from loftbox_cli.wiring.rooms import Door, Doors, Rooms

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from loftbox_cli.core.arrival import Arrival
    from loftbox_cli.edge.api.server import ApiServer
    from loftbox_cli.edge.smtp_in.door import SmtpDoor

WaitForChange = Callable[[float], Awaitable[None]]

log = structlog.get_logger("doors")


def rooms(loftbox: LoftBox) -> Rooms:
    """The wires of the loops."""
    from loftbox_cli.edge.courier.courier import SmtpCourier
    from loftbox_cli.edge.mail_read.pool import ReaderPool
    from loftbox_cli.edge.webhook_post.poster import HttpPoster
    from loftbox_cli.wiring.route_book import StoredRouteBook

    settings = loftbox.settings
    reader = ReaderPool()
    courier = SmtpCourier(
        resolver=loftbox.resolver,
        hostname=settings.gateway.hostname,
        book=StoredRouteBook(loftbox),
        draw=chance.spread,
        now=loftbox.clock.now,
        port=settings.delivery.port,
        family=IpFamily(settings.delivery.ip_family),
        allowed_networks=settings.delivery.allow_networks,
        own_addresses=settings.gateway.addresses,
    )
    poster = HttpPoster(
        allowed_networks=settings.webhooks.allow_networks,
        deadline=settings.webhooks.deadline.total_seconds(),
        # Where the settings name DNS servers, webhooks ask them too; else the system, with its hosts file.
        resolver=loftbox.resolver if settings.dns.servers else None,
    )
    return Rooms(
        store=loftbox.store,
        clock=loftbox.clock,
        hostname=settings.gateway.hostname,
        smarthost=str(settings.delivery.next_hop or ""),
        reader=reader,
        courier=courier,
        signer=loftbox.signer,
        sealer=loftbox.sealer,
        poster=poster,
        spread=chance.spread,
        tag_secret=loftbox.tag_secret,
        mail_schedule=Schedule(settings.delivery.retry, settings.delivery.give_up_after),
        deliveries_at_once=settings.delivery.concurrency,
        webhook_waits=settings.webhooks.retry,
        chance=chance.secret_octets,
        public_url=settings.http.public_url,
        notices=settings.gateway.notices,
        to_close=(reader, courier, poster),
    )


def doors(loftbox: LoftBox, wait_for_change: WaitForChange) -> Doors:
    """The listeners. Raises BadConfiguration for a certificate that cannot be used."""
    certificates = {"smtp": smtp_certificate(loftbox), "http": http_certificate(loftbox)}
    contexts = {name: server_context(*pair) for name, pair in certificates.items() if pair}

    def reload() -> None:
        for name, context in contexts.items():
            pair = certificates[name]
            try:
                if pair:
                    load_certificate(context, *pair)
                log.info("certificate read again", door=name)
            except BadConfiguration as error:
                # The one in use stays: a bad file must not close the door.
                log.warning("certificate not read", door=name, why=error.fact, fix=error.fix)

    counts = read_counts(loftbox.store.glance(accept.door_counts))
    counts.sessions = 0  # they ended with the daemon that wrote them down
    watch = RoomWatch(lambda: room(loftbox.loaded.store))
    by_name: dict[str, Door] = {
        "smtp": _smtp_door(loftbox, contexts.get("smtp"), counts, watch),
        "http": _api_door(loftbox, contexts.get("http"), wait_for_change, watch),
    }
    return Doors(by_name, reload, counts, loftbox.request_id)


def _smtp_door(
    loftbox: LoftBox, tls: ssl.SSLContext | None, counts: DoorCounts, watch: RoomWatch
) -> "SmtpDoor":
    from loftbox_cli.edge.smtp_in.door import SmtpDoor
    from loftbox_cli.edge.smtp_in.terms import Limits

    tag_secret = loftbox.tag_secret

    def check_recipient(address: str) -> None:
        loftbox.store.check()  # no mail is asked for that cannot be kept
        loftbox.store.recall(recipients.find_recipient, address, tag_secret=tag_secret)

    def take(arrival: "Arrival") -> Awaitable[RequestId]:
        watch.check()
        mail = accept.prepare(arrival)
        return loftbox.store.write_together(accept.accept_all, mail, weight=len(mail.raw))

    smtp, limits = loftbox.settings.smtp, loftbox.settings.limits
    return SmtpDoor(
        host=smtp.host,
        port=smtp.port,
        hostname=loftbox.settings.gateway.hostname,
        check_recipient=check_recipient,
        accept=take,
        new_request_id=loftbox.request_id,
        clock=loftbox.clock,
        tls=tls,
        max_size=smtp.max_size,
        limits=Limits(
            sessions=limits.smtp_sessions,
            peer=PeerRates(
                at_once=limits.smtp_peer_sessions,
                connections=limits.smtp_peer_connections,
                messages=limits.smtp_peer_messages,
                guesses=limits.smtp_peer_guesses,
            ),
            exempt=limits.smtp_exempt_networks,
            held_octets=limits.smtp_memory,
            session_seconds=limits.smtp_session_time.total_seconds(),
        ),
        counts=counts,
    )


def _api_door(
    loftbox: LoftBox, tls: ssl.SSLContext | None, wait_for_change: WaitForChange, watch: RoomWatch
) -> "ApiServer":
    from loftbox_cli.edge.api.app import build
    from loftbox_cli.edge.api.ports import Api
    from loftbox_cli.edge.api.server import ApiServer
    from loftbox_cli.edge.mail_read.attached import attached

    http = loftbox.settings.http
    app = build(
        Api(
            store=loftbox.store,
            clock=loftbox.clock,
            mint=loftbox.mint,
            chance=chance.secret_octets,
            signer=loftbox.signer,
            sealer=loftbox.sealer,
            records=loftbox.records,
            look=loftbox.look,
            attached=attached,
            wait_for_change=wait_for_change,
            tag_secret=loftbox.tag_secret,
            check_room=watch.check,
            store_failed=lambda: loftbox.store.failed,
            approve_domains=loftbox.settings.gateway.approve_domains,
            give_up_after=loftbox.settings.delivery.give_up_after,
            trusted_proxies=http.trusted_proxies,
            webhook_networks=loftbox.settings.webhooks.allow_networks,
        ),
        _pages(loftbox),
    )
    return ApiServer(app, host=http.host, port=http.port, tls=tls)


def _pages(loftbox: LoftBox) -> "dict[str, ASGIApp]":
    """The pages for people, where people reach this gateway."""
    from loftbox_cli.edge.console import approving
    from loftbox_cli.edge.console.ports import Console

    public_url = loftbox.settings.http.public_url
    if not public_url:
        return {}
    console = Console(loftbox.store, loftbox.clock, loftbox.request_id, public_url)
    return {approving.PREFIX.strip("/"): approving.build(console)}


def smtp_certificate(loftbox: LoftBox) -> tuple[Path, Path] | None:
    """The pair that the settings name, else the self-signed one that `init` made."""
    smtp = loftbox.settings.smtp
    if smtp.tls_certificate and smtp.tls_key:
        return smtp.tls_certificate, smtp.tls_key
    made = loftbox.loaded.store / "smtp.crt", loftbox.loaded.store / "smtp.key"
    return made if made[0].exists() else None


def http_certificate(loftbox: LoftBox) -> tuple[Path, Path] | None:
    """The pair that the settings name; without one the API speaks no TLS."""
    http = loftbox.settings.http
    return (http.tls_certificate, http.tls_key) if http.tls_certificate and http.tls_key else None
