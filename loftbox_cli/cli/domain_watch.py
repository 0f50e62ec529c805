"""Looking at a domain's DNS again and again, until it is verified or patience ends.

A record that was just published needs its time: what resolvers remember of its
absence (RFC 2308) ends first. So the pauses grow.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.finding import GOOD

PAUSES = tuple(timedelta(seconds=count) for count in (2, 5, 10, 20, 30, 60))  # the last one repeats


class Looker(Protocol):
    """What looks at a domain and remembers what it found."""

    async def look(self, domain: Domain) -> Domain:
        """Look once."""
        ...


async def look_until_verified(
    looker: Looker,
    domain: Domain,
    patience: timedelta | None,
    tell: Callable[[str], None],
    *,
    pauses: Sequence[timedelta] = PAUSES,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Domain:
    """Look once, and with `patience` again while something is amiss; answers the last look."""
    left = patience or timedelta()
    looks = 0
    while True:
        domain = await looker.look(domain)
        amiss = [each for each in domain.findings if each.required and each.verdict not in GOOD]
        if not amiss or not left:
            return domain
        pause = min(pauses[min(looks, len(pauses) - 1)], left)
        names = ", ".join(f"{each.name} ({each.verdict})" for each in amiss)
        tell(f"not yet: {names}; looking again in {spell_duration(pause)}")
        await sleep(pause.total_seconds())
        left -= pause
        looks += 1
