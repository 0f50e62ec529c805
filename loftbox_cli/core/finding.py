"""What a look at DNS says about a record, and what all findings say about a domain.

A finding keeps apart what a person has to do: publish (missing, no such name), mend
(wrong), read (warning: it works, with a remark) or wait (no answer).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.dns import DnsAnswer, Found, Known, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.records import Purpose, Record

ASK_AGAIN = "nothing to change as far as one can tell: ask again in a few minutes"


class Verdict(StrEnum):
    """What became of one record."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"
    NO_SUCH_NAME = "no_such_name"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"


GOOD = (Verdict.OK, Verdict.WARNING)


@dataclass(frozen=True, slots=True)
class Finding:
    """The judgement of one record: what was seen, what is the matter, what to do about it.

    `note` is a fact worth knowing that is no fault, such as the DNS lookups that SPF takes.
    """

    record: Record
    verdict: Verdict
    observed: tuple[str, ...] = ()
    problem: str = ""
    mend: str = ""
    note: str = ""


class DomainVerdict(StrEnum):
    """What the required records say about a domain together."""

    VERIFIED = "verified"
    NOT_VERIFIED = "not_verified"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the domain can do; None where DNS did not answer enough to tell."""

    owned: bool | None
    outbound: bool | None
    inbound: bool | None


def verdict(findings: Iterable[Finding]) -> DomainVerdict:
    """Judge a domain by its required records: a fault outweighs an answer that did not come."""
    return {True: DomainVerdict.VERIFIED, False: DomainVerdict.NOT_VERIFIED, None: DomainVerdict.UNKNOWN}[
        _all_good(finding for finding in findings if finding.record.required)
    ]


def capabilities(findings: Iterable[Finding]) -> Capabilities:
    """Say what the domain can do: its own MX decides about receiving, the required records about sending."""
    found = tuple(findings)
    return Capabilities(
        owned=_all_good(finding for finding in found if finding.record.purpose is Purpose.OWNERSHIP),
        outbound=_all_good(finding for finding in found if finding.record.required),
        inbound=_all_good(finding for finding in found if finding.record.purpose is Purpose.MX),
    )


def _all_good(findings: Iterable[Finding]) -> bool | None:
    verdicts = [finding.verdict for finding in findings]
    if any(seen not in GOOD and seen is not Verdict.NO_ANSWER for seen in verdicts):
        return False
    if Verdict.NO_ANSWER in verdicts:
        return None
    return bool(verdicts)  # what nobody looked at proves nothing


def answer_to(known: Known, question: Question) -> DnsAnswer:
    """Take one answer out; a question that nobody came to ask was not answered either."""
    return known.get(question, Unanswered(question[0], "it was not asked in time"))


def values_of(answer: DnsAnswer) -> tuple[str, ...]:
    """Take the records that there are."""
    return answer.values if isinstance(answer, Found) else ()


def absent(record: Record, answer: NoSuchName | NoRecord | Unanswered) -> Finding:
    """Judge a record of which DNS gave nothing."""
    mend = publish(record)
    match answer:
        case Unanswered():
            return silent(record, answer)
        case NoSuchName(name):
            seen, problem = Verdict.NO_SUCH_NAME, f"the name {name} does not exist"
            alias = name if name != record.name else ""
        case NoRecord(aliases=aliases):
            seen, problem = (
                Verdict.MISSING,
                f"there is no {record.kind} record at {(record.name, *aliases)[-1]}",
            )
            alias = aliases[-1] if aliases else ""
    if alias:
        # RFC 1034 section 3.6.2: what was added beside a CNAME is never seen.
        problem += f", of which {record.name} is an alias (CNAME); a name with a CNAME holds nothing else"
        mend = f"remove the CNAME, then {mend}"
    return Finding(record, seen, (), problem, mend)


def silent(record: Record, answer: Unanswered) -> Finding:
    """Judge a record about which DNS said nothing: that is no fault of the domain."""
    problem = f"DNS did not answer for {answer.name}: {answer.reason}"
    return Finding(record, Verdict.NO_ANSWER, (), problem, ASK_AGAIN)


def publish(record: Record) -> str:
    """Tell what to publish."""
    return f"publish at {record.name} the {record.kind} record: {record.value}"
