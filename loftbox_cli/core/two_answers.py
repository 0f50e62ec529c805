"""Where the servers of a zone and the resolver disagree, and how long a resolver remembers.

A change in DNS is seen by the zone's own servers at once, and by a resolver when what
it remembers has ended (RFC 1034 section 5.3.3, RFC 2308 for "there is none").
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from loftbox_cli.core.dns import DnsAnswer, Found, Known, NoRecord, NoSuchName, Question
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.finding import GOOD, Finding, Verdict, answer_to
from loftbox_cli.core.record_check import check

SHORT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Authoritative:
    """What a server of the zone itself answered. `server` is its name."""

    server: str
    answer: DnsAnswer


def question_of(finding: Finding) -> Question:
    """What the record itself is asked for by."""
    return finding.record.name, finding.record.kind


def compared(finding: Finding, known: Known, source: Authoritative) -> Finding:
    """Tell in a finding that the zone's own server says otherwise; the resolver's verdict stays."""
    if not isinstance(source.answer, Found | NoRecord | NoSuchName) or finding.verdict is Verdict.NO_ANSWER:
        return finding
    there = check(finding.record, {**known, question_of(finding): source.answer})
    if _is_good(there) == _is_good(finding) or there.verdict is Verdict.NO_ANSWER:
        return finding
    if _is_good(there):
        problem = f"{finding.problem}; {source.server}, a server of the zone itself, has it right already"
        mend = (
            f"nothing to publish: look again in {remembered(known, finding)}, when resolvers have forgotten"
        )
        return replace(finding, problem=problem, mend=mend)
    problem = f"{source.server}, a server of the zone itself, says otherwise: {there.problem}"
    return replace(finding, verdict=Verdict.WARNING, problem=problem, mend=there.mend)


def with_patience(finding: Finding, known: Known) -> Finding:
    """Add to what has to be mended for how long resolvers remember what is there."""
    answer = answer_to(known, question_of(finding))
    if finding.verdict is not Verdict.WRONG or not isinstance(answer, Found):
        return finding
    if timedelta(seconds=answer.ttl) <= SHORT:
        return finding
    return replace(
        finding, mend=f"{finding.mend}; resolvers remember this one for {remembered(known, finding)}"
    )


def remembered(known: Known, finding: Finding) -> str:
    """For how long a resolver may go on saying the same."""
    answer = answer_to(known, question_of(finding))
    ttl = timedelta(seconds=answer.ttl) if isinstance(answer, Found) else SHORT
    return spell_duration(max(ttl, timedelta(seconds=1)))


def _is_good(finding: Finding) -> bool:
    return finding.verdict in GOOD
