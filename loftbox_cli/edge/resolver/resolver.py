"""DNS questions with a deadline (RFC 1034 section 5.3.1: a stub resolver).

dnspython does the wire: random ids and ports, the check that an answer fits its
question, UDP and then TCP. Here its results become the four answers of core/dns.py,
equal questions that meet are asked once, and answers are kept for their time.
"""

import asyncio
import time
from collections.abc import Callable, Sequence

import dns.asyncresolver
import dns.exception
import dns.flags
import dns.name
import dns.rdatatype
import dns.resolver
import dns.ttl

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.edge.resolver.cache import AnswerCache
from loftbox_cli.edge.resolver.servers import asks_this_machine, is_loopback, parse_server, stub
from loftbox_cli.edge.resolver.wording import KINDS, asked_name, has_authority, host, reason, targets, values
from loftbox_cli.services.ports import Resolver

MOST_ALIASES = 16  # in a row; RFC 1034 section 3.6.2 leaves the limit to us


class DnsResolver(Resolver):
    """Asks `servers` ("address" or "address:port"), or the system's when there are none."""

    def __init__(
        self,
        servers: Sequence[str] = (),
        *,
        deadline: float = 5.0,
        cache_size: int = 10_000,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        for server in servers:
            parse_server(server)
        self._servers = tuple(servers)
        self._deadline = deadline
        self._cache_size = cache_size
        self._monotonic = monotonic
        self._cache = AnswerCache(cache_size)
        self._asking: dict[Question, asyncio.Task[DnsAnswer]] = {}
        self._stub: dns.asyncresolver.Resolver | None = None

    def fresh(self) -> "DnsResolver":
        """Give a resolver that knows nothing yet, for a look that has to see DNS as it is now."""
        return DnsResolver(
            self._servers, deadline=self._deadline, cache_size=self._cache_size, monotonic=self._monotonic
        )

    def forget(self) -> None:
        """Empty the cache, and let the system's configuration be read again."""
        self._cache = AnswerCache(self._cache_size)
        self._stub = None

    async def ask(self, name: str, kind: str) -> DnsAnswer:
        """Ask for records of one kind; for "PTR" the name is an IP address. No fault of DNS is raised."""
        if kind not in KINDS:
            raise ValueError(f"{kind} is no kind of record that LoftBox reads")
        question = (name.lower().removesuffix("."), kind)
        kept = self._cache.get(question, self._monotonic())
        if kept is not None:
            return kept
        task = self._asking.get(question)
        if task is None:
            task = asyncio.create_task(self._ask_once(question))
            self._asking[question] = task
            task.add_done_callback(lambda _: self._asking.pop(question, None))
        # One who gives up must not take the answer from the others that wait for it.
        return await asyncio.shield(task)

    async def validates(self) -> bool | None:
        """Say whether DNSSEC is checked for us on this machine; None when DNS did not answer.

        The root is signed, so a server that validates marks what it says of it.
        """
        if not asks_this_machine(self._servers):
            return False
        answer = await self.ask(".", "SOA")
        return answer.authenticated if isinstance(answer, Found) else None

    async def _ask_once(self, question: Question) -> DnsAnswer:
        cache = self._cache  # forget() while we wait: the old answer goes with the old cache
        name, kind = question
        try:
            target = asked_name(name, kind)
        except (dns.exception.DNSException, ValueError):
            return NoSuchName(name)  # what DNS cannot hold does not exist there
        try:
            async with asyncio.timeout(self._deadline):
                answer, ttl = await self._follow(name, target, kind)
        except (TimeoutError, dns.resolver.LifetimeTimeout):
            return Unanswered(name, f"no answer within {self._deadline:g} s")
        except (dns.exception.DNSException, OSError) as error:
            return Unanswered(name, reason(error))
        cache.keep(question, answer, ttl, self._monotonic())
        return answer

    async def _follow(self, name: str, target: dns.name.Name, kind: str) -> tuple[DnsAnswer, int]:
        """Ask, and ask on where a server that does not resolve for others left an alias open."""
        if self._stub is None:
            self._stub = stub(self._servers, self._deadline)
        rdtype = dns.rdatatype.from_text(kind)
        aliases: list[str] = []
        authenticated = True
        ttl = dns.ttl.MAX_TTL
        while len(aliases) <= MOST_ALIASES:
            try:
                answer = await self._stub.resolve(target, rdtype, raise_on_no_answer=False, search=False)
            except dns.resolver.NXDOMAIN as error:
                chain = error.kwargs["responses"][target].resolve_chaining()
                gone = host(chain.canonical_name) if aliases or chain.cnames else name
                return NoSuchName(gone), min(ttl, chain.minimum_ttl)
            chain = answer.chaining_result
            aliases += targets(chain)
            authenticated = authenticated and _is_authenticated(answer)
            ttl = min(ttl, chain.minimum_ttl)
            if answer.rrset is not None:
                return Found(values(answer.rrset, kind), tuple(aliases), authenticated, ttl), ttl
            if has_authority(answer.response, dns.rdatatype.SOA) or not chain.cnames:
                return self._nothing(name, tuple(aliases), answer), ttl
            target = chain.canonical_name
        return Unanswered(name, f"more than {MOST_ALIASES} aliases in a row"), 0

    def _nothing(self, name: str, aliases: tuple[str, ...], answer: dns.resolver.Answer) -> DnsAnswer:
        """Tell "no such record" from a referral (RFC 2308 section 2.2.1), which says nothing about it."""
        names_others = has_authority(answer.response, dns.rdatatype.NS)
        if names_others and not has_authority(answer.response, dns.rdatatype.SOA):
            return Unanswered(
                name, f"{answer.nameserver} does not resolve for others: it named other servers"
            )
        return NoRecord(name, aliases)


def _is_authenticated(answer: dns.resolver.Answer) -> bool:
    """Trust the AD bit of a server on this machine only (RFC 4035 section 3.2.3)."""
    validated = bool(answer.response.flags & dns.flags.AD)
    return validated and answer.nameserver is not None and is_loopback(answer.nameserver)
