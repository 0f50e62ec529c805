"""What a look at a domain's DNS takes: its records, those beside them, and who is asked."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loftbox_cli.core import host_records
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.core.finding import Finding
from loftbox_cli.core.records import Record
from loftbox_cli.core.sts_check import Fetched
from loftbox_cli.edge.health.certificate import read_certificate
from loftbox_cli.edge.resolver.authority import Authorities
from loftbox_cli.edge.resolver.domain_check import Fetch, look
from loftbox_cli.services import routes
from loftbox_cli.wiring.serving import smtp_certificate

if TYPE_CHECKING:
    from loftbox_cli.services.ports import Resolver
    from loftbox_cli.wiring import LoftBox


async def look_at(loftbox: "LoftBox", domain: Domain) -> tuple[Finding, ...]:
    """Look at everything that DNS says of a domain and of the host that its mail comes from."""
    resolver = loftbox.resolver.fresh()
    allowed = loftbox.settings.delivery.allow_networks
    return await look(
        (*loftbox.records(domain), *_beside(loftbox, domain)),
        resolver,
        authorities=Authorities(resolver, allowed_networks=allowed),
        fetch=policy_fetch(loftbox, resolver),
    )


def host_records_of(loftbox: "LoftBox") -> tuple[Record, ...]:
    """What DNS should say of the mail host itself."""
    gateway = loftbox.settings.gateway
    return host_records.of_host(gateway.hostname, gateway.addresses, key_sha256=_key_sha256(loftbox))


def _beside(loftbox: "LoftBox", domain: Domain) -> Iterator[Record]:
    gateway = loftbox.settings.gateway
    if not gateway.hostname:
        return
    if is_direct(loftbox, domain):
        yield from host_records_of(loftbox)
    yield from host_records.of_domain(domain.name, gateway.hostname, gateway.addresses)


def is_direct(loftbox: "LoftBox", domain: Domain) -> bool:
    """Whether the domain's mail leaves from our own addresses, and not through a smarthost."""
    chosen = loftbox.store.glance(routes.of, domain.name)
    return loftbox.settings.delivery.next_hop is None if chosen is None else not chosen.smarthost


def policy_fetch(loftbox: "LoftBox", resolver: "Resolver") -> Fetch:
    """What gets the MTA-STS policy of a domain, as other senders would."""
    from loftbox_cli.edge.courier.contexts import Contexts
    from loftbox_cli.edge.courier.sts import FetchError
    from loftbox_cli.edge.courier.sts_fetch import PolicyFetch

    get = PolicyFetch(resolver, Contexts(), loftbox.settings.delivery.allow_networks)

    async def fetch(domain: str) -> Fetched:
        try:
            return Fetched(await get(domain))
        except FetchError as error:
            return Fetched(fault=str(error))

    return fetch


def _key_sha256(loftbox: "LoftBox") -> str:
    """The digest of the key behind the door for mail, "" where there is none to read."""
    pair = smtp_certificate(loftbox)
    try:
        return read_certificate(pair[0]).key_sha256 if pair else ""
    except BadConfiguration:
        return ""
