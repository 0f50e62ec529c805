"""Looking at a domain's DNS: ask what the records need, all at once, and judge the answers."""

import asyncio
from collections.abc import Sequence

from loftbox_cli.core.dns import DnsAnswer, Question
from loftbox_cli.core.finding import Finding
from loftbox_cli.core.record_check import check, questions
from loftbox_cli.core.records import Record
from loftbox_cli.services.ports import Resolver

DEADLINE = 20.0  # seconds for one look, however many includes a record hides behind


async def look(
    records: Sequence[Record], resolver: Resolver, *, deadline: float = DEADLINE
) -> tuple[Finding, ...]:
    """Ask until no answer raises a new question, then judge each record."""
    known: dict[Question, DnsAnswer] = {}
    try:
        async with asyncio.timeout(deadline):
            while wanted := _wanted(records, known):
                await asyncio.gather(*(_learn(question, known, resolver) for question in wanted))
    except TimeoutError:
        pass  # what was not asked in time counts as not answered
    return tuple(check(record, known) for record in records)


def _wanted(records: Sequence[Record], known: dict[Question, DnsAnswer]) -> list[Question]:
    return list(dict.fromkeys(question for record in records for question in questions(record, known)))


async def _learn(question: Question, known: dict[Question, DnsAnswer], resolver: Resolver) -> None:
    known[question] = await resolver.ask(*question)
