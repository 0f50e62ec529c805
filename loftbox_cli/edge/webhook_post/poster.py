"""One POST, and what came of it.

The HTTP core is used without a client above it: no cookies, no proxies from the
environment, no redirects, no decompression. A receiver decides nothing here but
the status and at most 16 KiB of words, and has one deadline for everything.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

import httpcore2
import httpx2

from loftbox_cli import __version__
from loftbox_cli.core.errors import BadConfiguration, BadInput, TargetRefused
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.webhook_url import WebhookUrl, judge
from loftbox_cli.edge.webhook_post.faults import FAULTS, told
from loftbox_cli.edge.webhook_post.guard import GuardedNetwork
from loftbox_cli.edge.webhook_post.names import THREADS, by_resolver, by_system
from loftbox_cli.services.ports import Poster, Resolver

LARGEST_ANSWER = 16 * 1024
IDLE_CONNECTIONS = 64
# Shorter than the five seconds after which common servers hang up, so that a kept
# connection is not written to in the moment in which it is closed.
IDLE_SECONDS = 4.0
OWN_FIELDS: Mapping[bytes | str, bytes | str] = {
    "user-agent": f"LoftBox/{__version__}",
    "content-type": "application/json",
    "accept": "*/*",
    "accept-encoding": "identity",
}


@dataclass(slots=True)
class _Answer:
    """What has been read so far; the deadline may cut it anywhere."""

    status: int = 0
    body: bytearray = field(default_factory=bytearray)


class HttpPoster(Poster):
    """Posts webhooks over HTTP/1.1, keeping connections.

    Without a resolver, names are looked up as the system does it. `ca_file` holds
    certificates that are trusted besides the system's.
    """

    def __init__(
        self,
        *,
        allowed_networks: Sequence[str],
        deadline: float = 15.0,
        resolver: Resolver | None = None,
        ca_file: Path | None = None,
    ) -> None:
        self._deadline = deadline
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="webhook-names")
        find = by_system(self._threads) if resolver is None else by_resolver(resolver)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=_trust(ca_file),
            max_connections=None,  # the caller bounds them for each endpoint
            max_keepalive_connections=IDLE_CONNECTIONS,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=GuardedNetwork(find, allowed_networks, patience=deadline / 3),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Posted:
        """Post `body` as it is; never raises for the target's faults.

        The status counts once it has come: a body that stalls or breaks off after it
        is kept as far as it came.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = _Answer()
        fault, stopped = "", False
        try:
            target = judge(url)
            async with asyncio.timeout(self._deadline):
                await self._exchange(target, headers, body, answer)
        except (BadInput, TargetRefused) as error:
            fault, stopped = error.fact, True
        except TimeoutError:
            fault = f"no answer within {self._deadline:g} seconds"
        except FAULTS as error:
            fault = told(error)
        took = round((loop.time() - began) * 1000)
        if answer.status:
            return Posted(answer.status, bytes(answer.body), took=took)
        return Posted(0, fault=fault, refused=stopped, took=took)

    async def close(self) -> None:
        """Hang up."""
        await self._pool.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _exchange(
        self, target: WebhookUrl, headers: Mapping[str, str], body: bytes, answer: _Answer
    ) -> None:
        fields: dict[bytes | str, bytes | str] = {name.lower(): value for name, value in headers.items()}
        fields |= {**OWN_FIELDS, "host": target.authority}
        url = httpcore2.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.target.encode(),
        )
        async with self._pool.stream("POST", url, headers=fields, content=body) as response:
            answer.status = response.status
            async with aclosing(response.aiter_stream()) as chunks:
                async for chunk in chunks:
                    answer.body += chunk[: LARGEST_ANSWER - len(answer.body)]
                    if len(answer.body) == LARGEST_ANSWER:
                        break  # leaving closes the connection, so the rest is never read


def _trust(ca_file: Path | None) -> SSLContext:
    context = httpx2.create_ssl_context(trust_env=False)
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise BadConfiguration(
                f"cannot read certificates from {ca_file}: {error.strerror or error}",
                fix="name a file with certificates in PEM",
            ) from None
    return context
