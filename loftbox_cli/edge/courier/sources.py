"""The address that mail leaves from, and whether DNS backs it."""

import asyncio
import socket
from collections.abc import Callable

from loftbox_cli.core.dns import Found
from loftbox_cli.core.ip_family import is_backed
from loftbox_cli.core.target import refused
from loftbox_cli.services.ports import Resolver

MOST_NAMES = 5  # of one address


class Sources:
    """Answers for IPv6. The answers of DNS are kept by the resolver for as long as they say."""

    def __init__(self, resolver: Resolver, source_to: Callable[[str], str] | None = None) -> None:
        self._resolver = resolver
        self._source_to = source_to or route_source

    async def backed(self, address: str) -> bool:
        """Say whether a receiver at `address` finds a name for us that leads back to us."""
        if refused(address, ()):
            return True  # inside our own networks nobody asks
        source = self._source_to(address)
        names = await self._resolver.ask(source, "PTR") if source else None
        if not isinstance(names, Found):
            return False
        asked = (self._resolver.ask(name, "AAAA") for name in names.values[:MOST_NAMES])
        return is_backed(source, await asyncio.gather(*asked))


def route_source(address: str) -> str:
    """Ask the system from which address it would send there, "" for no route; nothing is sent."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 25))
            return str(probe.getsockname()[0])
        except OSError:
            return ""
