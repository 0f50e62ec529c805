"""Where a message goes: its smarthost or the hosts of its destination, and what each has to show.

Smarthost of our domain, else that of the settings, else the MX hosts. What DNS names
is judged before it is dialed; a smarthost was chosen by the operator, and may lie in
any network.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from loftbox_cli.core import route, tls_policy
from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord
from loftbox_cli.core.ip_family import IpFamily
from loftbox_cli.core.mta_sts import KeptPolicy, Mode
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.smarthost import Login, Security, Smarthost
from loftbox_cli.core.target import refused
from loftbox_cli.core.tls_policy import OPPORTUNISTIC, Demand
from loftbox_cli.edge.courier.dane import dane_demand
from loftbox_cli.edge.courier.dialing import Peer
from loftbox_cli.edge.courier.sources import Sources
from loftbox_cli.edge.courier.sts import Policies
from loftbox_cli.services.ports import Resolver, RouteBook

LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Way:
    """The way of one message. Sessions are shared by those with the same `key`."""

    destination: str
    hosts: route.Hosts | route.NoRoute
    port: int
    smarthost: Smarthost | None = None
    login: Login | None = None
    policy: KeptPolicy | None = None
    signed: bool = False

    @property
    def site(self) -> str:
        """The group of servers that it leads to."""
        return str(self.smarthost) if self.smarthost else route.site_of(self.hosts)

    @property
    def key(self) -> str:
        """Servers and demands in one word."""
        if self.smarthost is not None:
            return str(self.smarthost)
        names = "" if isinstance(self.hosts, route.NoRoute) else ",".join(sorted(self.hosts.names))
        return f"{names} for {self.destination}" if self.policy or self.signed else names


class Ways:
    """Finds them, from the settings, the store and DNS."""

    def __init__(
        self,
        *,
        resolver: Resolver,
        book: RouteBook,
        policies: Policies,
        sources: Sources,
        draw: Callable[[], float],
        hostname: str,
        port: int,
        family: IpFamily,
        allowed_networks: Sequence[str],
    ) -> None:
        self._resolver = resolver
        self._book = book
        self._policies = policies
        self._sources = sources
        self._draw = draw
        self._own = hostname.lower()
        self._port = port
        self._family = family
        self._allowed = tuple(allowed_networks)

    async def find(self, destination: str, domain: str) -> Way:
        """Find the way of a message from our `domain`."""
        chosen = self._book.smarthost(domain)
        if chosen is not None:
            server, login = chosen
            return Way(destination, route.Hosts((server.host,)), server.port, server, login)
        answer, policy = await asyncio.gather(
            self._resolver.ask(destination, "MX"), self._policies.of(destination)
        )
        hosts = route.hosts(destination, answer, draw=self._draw, own=self._own)
        # Without an MX the signature on the domain's own address is what counts.
        signed = isinstance(answer, NoRecord) or (isinstance(answer, Found) and answer.authenticated)
        return Way(destination, hosts, self._port, policy=policy, signed=signed)

    async def site(self, destination: str, domain: str) -> str:
        """Name the group of servers, without asking for more than that takes."""
        chosen = self._book.smarthost(domain)
        if chosen is not None:
            return str(chosen[0])
        answer = await self._resolver.ask(destination, "MX")
        return route.site_of(route.hosts(destination, answer, draw=self._draw, own=self._own))

    async def peers(self, way: Way) -> AsyncGenerator[Peer | Report, None]:
        """Give every address to try, best first, and a report for each place that leads nowhere."""
        if isinstance(way.hosts, route.NoRoute):
            yield _nowhere(way.hosts)
            return
        for host in way.hosts.names:
            async for found in self._of_host(way, host, implicit=way.hosts.implicit):
                yield found

    async def _of_host(self, way: Way, host: str, *, implicit: bool) -> AsyncGenerator[Peer | Report, None]:
        if way.policy is not None and way.policy.mode is Mode.ENFORCE and not way.policy.covers(host):
            yield Report(Stage.ROUTE, fault=f"{host} is not in the {_asker(way)}", host=host)
            return
        answers = await self._answers(way, host)
        six = [address for address in _values(answers) if ":" in address]
        backed = bool(six) and await self._sources.backed(six[0])
        found = route.addresses(host, *answers, implicit=implicit, family=self._family, backed=backed)
        if isinstance(found, route.NoRoute):
            yield _nowhere(found, host)
            return
        demand = await self._demand(way, host, answers)
        if isinstance(demand, route.NoRoute):
            yield _nowhere(demand, host)
            return
        for address in found.values:
            if way.smarthost is not None:
                yield _of_smarthost(way.smarthost, way.login, address)
            elif reason := refused(address, self._allowed, ours=self._sources.ours(address)):
                yield Report(Stage.ROUTE, fault=f"{host} is not dialed: {reason}", host=host, address=address)
            else:
                yield Peer(host, address, way.port, demand)

    async def _answers(self, way: Way, host: str) -> tuple[DnsAnswer, DnsAnswer]:
        if way.smarthost is not None:
            if host == "localhost":  # RFC 6761 section 6.3: never a question to DNS
                return Found(LOOPBACK[:1]), Found(LOOPBACK[1:])
            if _is_address(host):
                return Found((host,)), NoRecord(host)
        a, aaaa = await asyncio.gather(self._resolver.ask(host, "A"), self._resolver.ask(host, "AAAA"))
        return a, aaaa

    async def _demand(self, way: Way, host: str, answers: Sequence[DnsAnswer]) -> Demand | route.NoRoute:
        """What the destination asks of `host`. DANE comes first (RFC 8461 section 2)."""
        if way.smarthost is None and way.signed:
            by_dns = await dane_demand(self._resolver, host, way.port, answers, way.destination)
            if by_dns is not None:
                return by_dns
        if way.policy is None:
            return OPPORTUNISTIC
        if way.policy.mode is Mode.ENFORCE:
            return tls_policy.verified(_asker(way))
        return tls_policy.reported(_asker(way))


def _of_smarthost(server: Smarthost, login: Login | None, address: str) -> Peer:
    # "smtp://" is for servers of our own; beyond our networks nothing goes without checked TLS.
    inside = server.security is Security.LOCAL and bool(refused(address, ()))
    demand = OPPORTUNISTIC if inside else tls_policy.verified("a smarthost beyond our own network")
    return Peer(server.host, address, server.port, demand, server.security, login)


def _asker(way: Way) -> str:
    return f"MTA-STS policy of {way.destination}"


def _nowhere(found: route.NoRoute, host: str = "") -> Report:
    return Report(
        Stage.ROUTE, said=found.verdict, fault=found.fault, hopeless=found.verdict is not None, host=host
    )


def _values(answers: Sequence[DnsAnswer]) -> list[str]:
    return [value for answer in answers if isinstance(answer, Found) for value in answer.values]


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
