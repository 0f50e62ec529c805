"""The one place where the webhook wire dials, and so the place where it is guarded.

A check before the dial is worth nothing when the dial resolves the name again: the
second answer may be another one (DNS rebinding). Here a name is resolved once, every
address that it has is judged, and the connection goes to one of those addresses.
The name stays with the layers above, for the Host field, SNI and the certificate.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_address

import httpcore2

from loftbox_cli.core.errors import TargetRefused
from loftbox_cli.core.target import refused
from loftbox_cli.core.webhook_url import means_this_machine
from loftbox_cli.edge.webhook_post.names import Find

LOOPBACK = ("127.0.0.1", "::1")


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """A network that reaches public addresses and what `allowed_networks` opens.

    An address that does not answer within `patience` seconds gives way to the next.
    """

    def __init__(self, find: Find, allowed_networks: Sequence[str], patience: float) -> None:
        self._find = find
        self._allowed = tuple(allowed_networks)
        self._patience = patience
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to an address of `host`; raises TargetRefused before anything is sent."""
        *others, last = await self._judged(host)
        for address in others:
            try:
                return await self._network.connect_tcp(
                    address, port, self._patience, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)

    async def _judged(self, host: str) -> Sequence[str]:
        addresses = await self._addresses(host)
        for address in addresses:
            if reason := refused(address, self._allowed):
                raise TargetRefused(
                    f"{host}: {reason}",
                    fix="[webhooks] allow_networks names the private networks that webhooks may reach",
                    field="url",
                )
        return addresses

    async def _addresses(self, host: str) -> Sequence[str]:
        if means_this_machine(host):
            # RFC 6761 section 6.3: never a question to DNS. Of the two addresses of this
            # machine, those that the operator has opened are meant.
            return [address for address in LOOPBACK if not refused(address, self._allowed)] or LOOPBACK
        return [host] if _is_address(host) else await self._find(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
