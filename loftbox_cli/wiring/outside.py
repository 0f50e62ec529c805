"""Everything that `loftbox doctor --outside` asks of the world, gathered and judged."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from loftbox_cli.core import host_records, route
from loftbox_cli.core.dns import Found
from loftbox_cli.core.doctor import block_lists, port25
from loftbox_cli.core.doctor.check import Check, from_error
from loftbox_cli.core.doctor.outside import judge_finding
from loftbox_cli.core.doctor.routes import judge_smarthost
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.gateway_addresses import KINDS
from loftbox_cli.core.records import Purpose
from loftbox_cli.core.target import refused
from loftbox_cli.edge.health.calling import call
from loftbox_cli.edge.resolver.domain_check import look
from loftbox_cli.edge.system import chance
from loftbox_cli.services import status
from loftbox_cli.wiring.looking import host_records_of, is_direct, policy_fetch

if TYPE_CHECKING:
    from loftbox_cli.services.ports import Resolver
    from loftbox_cli.wiring import LoftBox

DEADLINE = 10.0  # seconds for one call
MOST_CALLS = 3

_NAMES = {
    Purpose.REVERSE: "reverse name",
    Purpose.HELO_SPF: "EHLO name",
    Purpose.TLSA: "TLSA",
    Purpose.MTA_STS: "MTA-STS",
    Purpose.TLS_RPT: "TLS-RPT",
}


async def look_outside(loftbox: "LoftBox") -> list[Check]:
    """Ask everybody at once; nothing here is raised, and what does not answer is told as such."""
    resolver = loftbox.resolver.fresh()
    domains = loftbox.store.glance(status.status, now=loftbox.clock.now()).domains
    parts = await asyncio.gather(
        _host(loftbox, resolver),
        _port_25(loftbox, resolver, domains),
        _smarthosts(loftbox, domains),
        _policies(loftbox, resolver, domains),
        _block_lists(loftbox, resolver),
    )
    return [check for part in parts for check in part]


async def _host(loftbox: "LoftBox", resolver: "Resolver") -> list[Check]:
    if not loftbox.settings.gateway.hostname:
        return []
    findings = await look(host_records_of(loftbox), resolver)
    return [judge_finding(_NAMES[each.record.purpose], each) for each in findings]


async def _port_25(loftbox: "LoftBox", resolver: "Resolver", domains: Sequence[Domain]) -> list[Check]:
    settings = loftbox.settings
    if settings.delivery.next_hop is not None and not any(is_direct(loftbox, each) for each in domains):
        return [port25.not_needed()]
    probe = settings.doctor.probe or settings.gateway.operator.rpartition("@")[2].lower()
    if not probe:
        return [port25.not_dialed("there is nobody to dial")]
    if not settings.doctor.probe and probe in {each.name for each in domains}:
        return [port25.not_dialed(f"{probe} is a domain of this gateway, and it would dial itself")]
    own = settings.gateway.hostname
    found = route.hosts(probe, await resolver.ask(probe, "MX"), draw=chance.spread, own=own)
    if isinstance(found, route.NoRoute):
        return [port25.not_dialed(found.fault)]
    places = [(host, address) for host in found.names for address in await _addresses(resolver, host)]
    open_, ours = settings.delivery.allow_networks, settings.gateway.addresses
    reasons = [refused(address, open_, ours=ours) for _, address in places]
    if places and "" not in reasons:
        return [port25.not_dialed(f"of the mail servers of {probe}, {reasons[0]}")]
    dialed = [place for place, reason in zip(places, reasons, strict=True) if not reason][:MOST_CALLS]
    calls = await asyncio.gather(
        *(call(host, address, settings.delivery.port, deadline=DEADLINE) for host, address in dialed)
    )
    return [port25.judge_calls(calls)]


async def _smarthosts(loftbox: "LoftBox", domains: Sequence[Domain]) -> list[Check]:
    """Open a session with each smarthost in use, as the next message would."""
    from loftbox_cli.edge.courier.courier import SmtpCourier
    from loftbox_cli.edge.courier.timeouts import Timeouts
    from loftbox_cli.wiring.route_book import StoredRouteBook

    try:
        book = StoredRouteBook(loftbox)
        used = {
            str(found[0]): name for name in _names(domains) if (found := book.smarthost(name)) is not None
        }
    except LoftBoxError as error:
        return [from_error("smarthost", error)]
    if not used:
        return []
    patience = Timeouts(connect=DEADLINE, greeting=DEADLINE, ehlo=DEADLINE, tls=DEADLINE, mail=DEADLINE)
    sender = SmtpCourier(
        resolver=loftbox.resolver,
        hostname=loftbox.settings.gateway.hostname,
        book=book,
        draw=chance.spread,
        now=loftbox.clock.now,
        timeouts=patience,
    )
    try:
        reports = await asyncio.gather(*(sender.greet_smarthost(name) for name in used.values()))
    finally:
        await sender.close()
    return [judge_smarthost(server, report) for server, report in zip(used, reports, strict=True)]


def _names(domains: Sequence[Domain]) -> list[str]:
    return [each.name for each in domains] or [""]  # without a domain the way of the settings is there


async def _policies(loftbox: "LoftBox", resolver: "Resolver", domains: Sequence[Domain]) -> list[Check]:
    gateway = loftbox.settings.gateway
    records = [
        record
        for domain in domains
        for record in (
            *(each for each in loftbox.records(domain) if each.purpose is Purpose.MX),
            *host_records.of_domain(domain.name, gateway.hostname, gateway.addresses),
        )
    ]
    findings = await look(records, resolver, fetch=policy_fetch(loftbox, resolver))
    return [
        judge_finding(f"{_NAMES[each.record.purpose]} of {_domain_of(each.record.name)}", each)
        for each in findings
        if each.record.purpose in _NAMES
    ]


async def _block_lists(loftbox: "LoftBox", resolver: "Resolver") -> list[Check]:
    wanted = loftbox.settings.doctor.block_lists
    if not wanted:
        return [block_lists.not_asked()]
    gateway = loftbox.settings.gateway
    ours = gateway.addresses or (await _addresses(resolver, gateway.hostname) if gateway.hostname else [])
    pairs = [(address, block_list) for block_list in wanted for address in ours]
    answers = await asyncio.gather(
        *(resolver.ask(block_lists.list_name(address, block_list), "A") for address, block_list in pairs)
    )
    return [
        block_lists.judge_listing(address, block_list, answer)
        for (address, block_list), answer in zip(pairs, answers, strict=True)
    ]


async def _addresses(resolver: "Resolver", host: str) -> list[str]:
    answers = await asyncio.gather(*(resolver.ask(host, kind) for kind in KINDS))
    return [value for answer in answers if isinstance(answer, Found) for value in answer.values]


def _domain_of(name: str) -> str:
    return name.removeprefix("_mta-sts.").removeprefix("_smtp._tls.")
