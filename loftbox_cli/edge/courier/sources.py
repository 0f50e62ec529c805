"""The addresses that mail leaves from: which are ours, and whether DNS backs them."""

import asyncio
import socket
from collections.abc import Callable, Sequence

from loftbox_cli.core.dns import Found
from loftbox_cli.core.ip_family import is_backed
from loftbox_cli.core.target import refused
from loftbox_cli.services.ports import Resolver

MOST_NAMES = 5  # of one address


class Sources:
    """`named` are those of the settings. What DNS answers is kept by the resolver for as long as it says."""

    def __init__(
        self, resolver: Resolver, source_to: Callable[[str], str] | None = None, *, named: Sequence[str] = ()
    ) -> None:
        self._resolver = resolver
        self._source_to = source_to or route_source
        self._named = tuple(named)

    def ours(self, address: str) -> tuple[str, ...]:
        """The addresses of this gateway that count for whoever would dial `address`.

        Behind a translation of addresses only the settings know the public one.
        """
        source = self._source_to(address)
        return (*self._named, source) if source else self._named

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
    """Ask the system from which address it would send there, "" for no route; nothing is sent.

    To an address of this machine it sends from that address.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 25))
            return str(probe.getsockname()[0])
    except OSError:  # no way there, or a system without IPv6
        return ""
