"""Asking a zone's own servers, past every resolver that remembers something older.

The zone is found by its NS records, upwards from the name; one of its servers is
asked without recursion (RFC 1034 section 4.3.1). Servers at addresses that are not
public are not asked: who owns a zone must not make us knock inside our own network.
"""

import asyncio
from collections.abc import Sequence
from typing import cast

import dns.asyncquery
import dns.asyncresolver
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.target import refused
from loftbox_cli.core.two_answers import Authoritative
from loftbox_cli.edge.resolver.servers import PAYLOAD, PORT
from loftbox_cli.edge.resolver.wording import values
from loftbox_cli.services.ports import Resolver

PATIENCE = 2.0  # seconds for one server
MOST_SERVERS = 3


class Authorities:
    """Finds and asks them."""

    def __init__(self, resolver: Resolver, *, allowed_networks: Sequence[str] = (), port: int = PORT) -> None:
        self._resolver = resolver
        self._allowed = tuple(allowed_networks)
        self._port = port
        self._servers: dict[str, asyncio.Task[tuple[str, ...]]] = {}

    async def ask(self, name: str, kind: str) -> Authoritative | None:
        """Ask the first server of the zone that answers with authority; None when none does."""
        for server in (await self._servers_of(name))[:MOST_SERVERS]:
            for address in await self._addresses(server):
                answer = await self._asked(address, name, kind)
                if not isinstance(answer, Unanswered):
                    return Authoritative(server, answer)
        return None

    async def _servers_of(self, name: str) -> tuple[str, ...]:
        labels = name.split(".")
        for place in range(len(labels) - 1):  # a top-level domain is nobody's zone here
            zone = ".".join(labels[place:])
            if zone not in self._servers:
                self._servers[zone] = asyncio.create_task(self._listed(zone))
            if servers := await asyncio.shield(self._servers[zone]):
                return servers
        return ()

    async def _listed(self, zone: str) -> tuple[str, ...]:
        answer = await self._resolver.ask(zone, "NS")
        return answer.values if isinstance(answer, Found) and not answer.aliases else ()

    async def _addresses(self, server: str) -> list[str]:
        answers = await asyncio.gather(*(self._resolver.ask(server, kind) for kind in ("A", "AAAA")))
        found = [value for answer in answers if isinstance(answer, Found) for value in answer.values]
        return [address for address in found[:1] if not refused(address, self._allowed)]

    async def _asked(self, address: str, name: str, kind: str) -> DnsAnswer:
        query = dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD)
        query.flags &= ~dns.flags.RD
        try:
            response, _ = await dns.asyncquery.udp_with_fallback(
                query, address, timeout=PATIENCE, port=self._port
            )
        except (dns.exception.DNSException, OSError, EOFError) as error:
            return Unanswered(name, str(error) or type(error).__name__)
        return _read(cast("dns.message.QueryMessage", response), name, kind)


def _read(response: dns.message.QueryMessage, name: str, kind: str) -> DnsAnswer:
    # RFC 1035 section 4.1.1: without AA the server speaks from memory, or refers to others.
    if not response.flags & dns.flags.AA or response.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return Unanswered(name, f"no answer with authority: {dns.rcode.to_text(response.rcode())}")
    try:
        chain = response.resolve_chaining()
    except dns.exception.DNSException as error:
        return Unanswered(name, str(error) or type(error).__name__)
    if chain.answer is not None:
        return Found(values(chain.answer, kind), ttl=chain.minimum_ttl)
    if chain.cnames:
        return Unanswered(name, "an alias leads elsewhere")
    return NoSuchName(name) if response.rcode() == dns.rcode.NXDOMAIN else NoRecord(name)
