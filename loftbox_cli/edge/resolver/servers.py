"""Which DNS servers to ask, and how: those of the settings, else the system's."""

from collections.abc import Sequence
from ipaddress import ip_address

import dns.asyncresolver
import dns.flags
import dns.nameserver
import dns.resolver

from loftbox_cli.core.errors import BadConfiguration

PORT = 53
PAYLOAD = 1232  # passes every path unfragmented (RFC 9715 section 3)
TRY = 2.0  # seconds that one server gets before the next is asked


def stub(servers: Sequence[str], deadline: float) -> dns.asyncresolver.Resolver:
    """Set up a stub resolver; raises NoResolverConfiguration when the system names no server."""
    resolver = dns.asyncresolver.Resolver(configure=not servers)
    places = [parse_server(server) for server in servers or map(str, resolver.nameservers)]
    resolver.nameservers = [dns.nameserver.Do53Nameserver(*place) for place in places]
    # The AD bit is worth asking for only where nobody can set it on the way to us. The
    # DO bit asks for it (RFC 4035 section 3.2.1) and makes every answer longer.
    validating = all(is_loopback(address) for address, _ in places)
    resolver.use_edns(0, dns.flags.DO if validating else 0, PAYLOAD)
    resolver.timeout = min(TRY, deadline)
    resolver.lifetime = deadline
    return resolver


def asks_this_machine(servers: Sequence[str]) -> bool:
    """Say whether every server that is asked runs here, so that nobody in between sets the AD bit."""
    try:
        asked = servers or tuple(map(str, dns.asyncresolver.Resolver().nameservers))
    except dns.resolver.NoResolverConfiguration:
        return False
    return all(is_loopback(parse_server(server)[0]) for server in asked)


def parse_server(server: str) -> tuple[str, int]:
    """Read "address", "address:port" or "[address]:port"; raises BadConfiguration."""
    host, port = server, str(PORT)
    if server.startswith("["):
        host, closed, rest = server[1:].partition("]")
        port = (rest.removeprefix(":") or port) if closed else ""
    elif server.count(":") == 1:
        host, _, port = server.partition(":")
    try:
        ip_address(host)
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 1 << 16:
        raise BadConfiguration(
            f"{server!r} is no DNS server",
            fix="write an IP address, with a port where it is not 53: 192.0.2.53 or [2001:db8::53]:5353",
        )
    return host, number


def is_loopback(address: str) -> bool:
    """Say whether a server runs on this machine."""
    return ip_address(address).is_loopback
