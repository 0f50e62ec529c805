"""Looking at a domain's DNS: ask what the records need, all at once, and judge the answers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from loftbox_cli.core.dns import DnsAnswer, Known, Question
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.host_records import is_of_interest
from loftbox_cli.core.mx_check import exchanges_of
from loftbox_cli.core.record_check import check, questions
from loftbox_cli.core.records import Purpose, Record
from loftbox_cli.core.sts_check import Fetched, with_policy
from loftbox_cli.core.two_answers import compared, question_of, with_patience
from loftbox_cli.edge.resolver.authority import Authorities
from loftbox_cli.services.ports import Resolver

DEADLINE = 20.0  # seconds for one look, however many includes a record hides behind
SECOND_DEADLINE = 5.0  # seconds for what the zone's own servers and the policy's web server say

Fetch = Callable[[str], Awaitable[Fetched]]  # gets the MTA-STS policy file of a domain

# Records of our domains' zones; a reverse zone belongs to somebody else, and TLSA to the mail host.
_IN_THE_ZONE = frozenset(Purpose) - {Purpose.REVERSE, Purpose.HELO_SPF, Purpose.TLSA}


async def look(
    records: Sequence[Record],
    resolver: Resolver,
    *,
    deadline: float = DEADLINE,
    authorities: Authorities | None = None,
    fetch: Fetch | None = None,
) -> tuple[Finding, ...]:
    """Ask until no answer raises a new question, then judge each record.

    With `authorities` the zone's own servers are asked too, and told where they say
    otherwise; with `fetch` the policy behind a good MTA-STS record is judged.
    """
    known: dict[Question, DnsAnswer] = {}
    try:
        async with asyncio.timeout(deadline):
            while wanted := _wanted(records, known):
                await asyncio.gather(*(_learn(question, known, resolver) for question in wanted))
    except TimeoutError:
        pass  # what was not asked in time counts as not answered
    found = [finding for record in records if is_of_interest(finding := check(record, known))]
    return tuple(
        await asyncio.gather(*(_looked_behind(finding, known, authorities, fetch) for finding in found))
    )


async def _looked_behind(
    finding: Finding, known: Known, authorities: Authorities | None, fetch: Fetch | None
) -> Finding:
    """Go on where DNS through a resolver ends; what takes too long is left out."""
    finding = with_patience(finding, known)
    try:
        async with asyncio.timeout(SECOND_DEADLINE):
            if fetch is not None and finding.record.purpose is Purpose.MTA_STS:
                finding = await _with_policy(finding, known, fetch)
            if authorities is not None and finding.record.purpose in _IN_THE_ZONE:
                source = await authorities.ask(*question_of(finding))
                finding = compared(finding, known, source) if source is not None else finding
    except TimeoutError:
        pass
    return finding


async def _with_policy(finding: Finding, known: Known, fetch: Fetch) -> Finding:
    if finding.verdict is not Verdict.OK:
        return finding
    domain = finding.record.name.removeprefix("_mta-sts.")
    return with_policy(finding, await fetch(domain), exchanges_of(domain, known))


def _wanted(records: Sequence[Record], known: dict[Question, DnsAnswer]) -> list[Question]:
    return list(dict.fromkeys(question for record in records for question in questions(record, known)))


async def _learn(question: Question, known: dict[Question, DnsAnswer], resolver: Resolver) -> None:
    known[question] = await resolver.ask(*question)
