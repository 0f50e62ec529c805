"""From a host name to its addresses, asked once for each connection."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from loftbox_cli.core.dns import Found, Unanswered
from loftbox_cli.core.errors import NoAnswer
from loftbox_cli.services.ports import Resolver

THREADS = 32

Find = Callable[[str], Awaitable[Sequence[str]]]
"""Answers every address of a name, at least one; raises NoAnswer."""


def by_resolver(resolver: Resolver) -> Find:
    """Find addresses by DNS questions of our own."""

    async def find(name: str) -> Sequence[str]:
        answers = await asyncio.gather(resolver.ask(name, "AAAA"), resolver.ask(name, "A"))
        found = [address for answer in answers if isinstance(answer, Found) for address in answer.values]
        for answer in answers:
            if not found and isinstance(answer, Unanswered):
                raise NoAnswer(f"DNS did not answer for {name}: {answer.reason}")
        if not found:
            raise NoAnswer(f"{name} has no address")
        return found

    return find


def by_system(threads: ThreadPoolExecutor) -> Find:
    """Find addresses as the other programs of this machine do, with its hosts file.

    The question blocks and cannot be called off, so it has threads of its own: a name
    server that hangs must not take those that the rest of the daemon works with.
    """

    async def find(name: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(threads, _addresses, name)
        except socket.gaierror as error:
            raise NoAnswer(f"{name} has no address: {error.strerror}") from None

    return find


def _addresses(name: str) -> list[str]:
    answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))
