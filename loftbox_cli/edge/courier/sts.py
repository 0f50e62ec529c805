"""Which MTA-STS policy holds for a domain: the kept one, or a fetched one (RFC 8461 section 5.1)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from loftbox_cli.core.mta_sts import AFTER_FAILURE, BadPolicy, KeptPolicy, Mode, parse_policy, txt_id
from loftbox_cli.services.ports import Resolver, RouteBook

MOST_FAILURES = 10_000

log = structlog.get_logger("courier")


class FetchError(Exception):
    """A policy could not be had; the words say why."""


Fetch = Callable[[str], Awaitable[bytes]]


class Policies:
    """Asks and remembers. `fetch` gets the policy file of a domain, or raises FetchError."""

    def __init__(
        self, resolver: Resolver, book: RouteBook, fetch: Fetch, now: Callable[[], datetime]
    ) -> None:
        self._resolver = resolver
        self._book = book
        self._fetch = fetch
        self._now = now
        self._failed: dict[str, datetime] = {}
        self._fetching: dict[str, asyncio.Task[KeptPolicy | None]] = {}

    async def of(self, domain: str) -> KeptPolicy | None:
        """Give the policy that holds for `domain` now, or None."""
        now = self._now()
        seen = txt_id(await self._resolver.ask(f"_mta-sts.{domain}", "TXT"))
        kept = self._book.policy(domain)
        held = kept if kept is not None and kept.holds(now) else None
        if seen and not (kept is not None and kept.is_current(seen, now)):
            held = await self._renewed(domain, seen, now) or held
        # Section 5: "none" is how a domain takes its policy back.
        return held if held is not None and held.mode is not Mode.NONE else None

    async def _renewed(self, domain: str, seen: str, now: datetime) -> KeptPolicy | None:
        failed = self._failed.get(domain)
        if failed is not None and now - failed < AFTER_FAILURE:
            return None
        task = self._fetching.get(domain)
        if task is None:
            task = asyncio.create_task(self._fetched(domain, seen, now))
            self._fetching[domain] = task
            task.add_done_callback(lambda _: self._fetching.pop(domain, None))
        # One delivery that is called off must not take the policy from the others that wait for it.
        return await asyncio.shield(task)

    async def _fetched(self, domain: str, seen: str, now: datetime) -> KeptPolicy | None:
        try:
            policy = parse_policy(await self._fetch(domain))
        except (FetchError, BadPolicy) as error:
            if len(self._failed) >= MOST_FAILURES:
                self._failed.clear()
            self._failed[domain] = now
            log.warning("MTA-STS policy not fetched", domain=domain, why=str(error))
            return None
        self._failed.pop(domain, None)
        kept = KeptPolicy(domain, seen, policy.mode, policy.mx, now, now + policy.max_age)
        await self._book.keep_policy(kept)
        return kept
