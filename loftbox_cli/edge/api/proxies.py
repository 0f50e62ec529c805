"""Behind a proxy only the proxy may speak to us: keys must not cross a network in the clear.

Without a certificate of its own the API may listen beyond loopback only where the
settings name the proxies that bring TLS; whoever else connects is sent away.
"""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Network = IPv4Network | IPv6Network


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
        return client is not None and _is_ours(client[0], self._networks)


def client_of(scope: Scope, proxies: Sequence[Network]) -> str:
    """The address of who asks: behind our proxies the last one in X-Forwarded-For that is not theirs.

    What stands before it was written by strangers. Without proxies in the settings the field says nothing.
    """
    address = scope["client"][0] if scope["client"] else ""
    if not proxies or not address or not _is_ours(address, proxies):
        return address
    fields = Headers(scope=scope).getlist("x-forwarded-for")
    for hop in reversed([hop.strip() for field in fields for hop in field.split(",")]):
        if not _is_address(hop):
            break
        address = hop
        if not _is_ours(hop, proxies):
            break
    return address


def _is_ours(text: str, proxies: Sequence[Network]) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    if address.version == 6 and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or any(address in network for network in proxies)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
