"""Fetching an MTA-STS policy over HTTPS (RFC 8461 section 3.3).

The certificate is checked, no redirect is followed, and there is one deadline for
everything. Every address that DNS named is judged before it is dialed, as with mail:
who publishes a policy must not make us knock inside our own network.
"""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import aclosing

import httpcore2

from loftbox_cli import __version__
from loftbox_cli.core.dns import Found
from loftbox_cli.core.mta_sts import LARGEST
from loftbox_cli.core.target import refused
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.edge.courier.sts import FetchError
from loftbox_cli.services.ports import Resolver

DEADLINE = 30.0  # seconds; section 3.3 suggests a minute, for which the first message would wait


class PolicyFetch:
    """Gets policy files."""

    def __init__(
        self,
        resolver: Resolver,
        contexts: Contexts,
        allowed_networks: Sequence[str],
        *,
        port: int = 443,
        deadline: float = DEADLINE,
    ) -> None:
        self._resolver = resolver
        self._contexts = contexts
        self._allowed = tuple(allowed_networks)
        self._port = port
        self._deadline = deadline
        # A step that stalls ends before all of it does: called off in a handshake, the library
        # would not close its connection.
        self._step = dict.fromkeys(("connect", "read", "write"), deadline / 2)

    async def __call__(self, domain: str) -> bytes:
        """Get the policy file of `domain`; raises FetchError."""
        host = f"mta-sts.{domain}"
        try:
            async with asyncio.timeout(self._deadline):
                return await self._get(host, await self._address(host))
        except (TimeoutError, httpcore2.TimeoutException):
            raise FetchError(f"{host} did not answer within {self._deadline:g} seconds") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise FetchError(f"{host}: {str(error) or type(error).__name__}") from None

    async def _address(self, host: str) -> str:
        answers = await asyncio.gather(*(self._resolver.ask(host, kind) for kind in ("A", "AAAA")))
        found = [value for answer in answers if isinstance(answer, Found) for value in answer.values]
        if not found:
            raise FetchError(f"{host} has no address")
        reasons = [refused(address, self._allowed) for address in found]
        if "" not in reasons:
            raise FetchError(f"{host} is not dialed: {reasons[0]}")
        return found[reasons.index("")]

    async def _get(self, host: str, address: str) -> bytes:
        url = httpcore2.URL(
            scheme=b"https", host=host.encode(), port=self._port, target=b"/.well-known/mta-sts.txt"
        )
        fields: dict[bytes | str, bytes | str] = {
            "host": host,
            "user-agent": f"LoftBox/{__version__}",
            "accept": "text/plain",
            "accept-encoding": "identity",
        }
        async with (
            httpcore2.AsyncConnectionPool(
                ssl_context=self._contexts.checked, network_backend=_Pinned(address)
            ) as pool,
            pool.stream("GET", url, headers=fields, extensions={"timeout": self._step}) as answer,
        ):
            _check(host, answer)
            body = bytearray()
            async with aclosing(answer.aiter_stream()) as chunks:
                async for chunk in chunks:
                    body += chunk
                    if len(body) > LARGEST:
                        raise FetchError(f"the policy of {host} is longer than {LARGEST // 1024} KiB")
            return bytes(body)


class _Pinned(httpcore2.AsyncNetworkBackend):
    """A network with one address: the one that was judged. The certificate is still that of the name."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the signature is the library's
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return await self._network.connect_tcp(self._address, port, timeout, local_address, socket_options)


def _check(host: str, answer: httpcore2.Response) -> None:
    if answer.status != 200:
        raise FetchError(f"{host} answered {answer.status}")
    kinds = [value for name, value in answer.headers if name.lower() == b"content-type"]
    # Section 3.2: so that a site where strangers put files is not taken at their word.
    if len(kinds) != 1 or kinds[0].partition(b";")[0].strip().lower() != b"text/plain":
        raise FetchError(f"the policy of {host} is not text/plain")
