"""Behind a proxy only the proxy may speak to us: keys must not cross a network in the clear.

Without a certificate of its own the API may listen beyond loopback only where the
settings name the proxies that bring TLS; whoever else connects is sent away.
"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class OnlyThroughProxies:
    """Lets requests in from these networks and from loopback."""

    def __init__(self, app: ASGIApp, networks: Sequence[str]) -> None:
        self._app = app
        self._networks = [ip_network(network) for network in networks]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it before anything of it is read."""
        if scope["type"] == "http" and not self._knows(scope["client"]):
            refusal = PlainTextResponse("this API is reached through its proxy\n", status_code=403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _knows(self, client: tuple[str, int] | None) -> bool:
        if client is None:
            return False
        address = ip_address(client[0])
        if address.version == 6 and address.ipv4_mapped:
            address = address.ipv4_mapped
        return address.is_loopback or any(address in network for network in self._networks)
