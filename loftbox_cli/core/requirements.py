"""Whether a domain meets what the large providers ask: judged by what the last look at DNS found.

What LoftBox does for every message is met by itself, what a provider alone knows
stays unknown, and what is for newsletters is not needed by operational mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core.domain import Checked
from loftbox_cli.core.finding import GOOD, Verdict
from loftbox_cli.core.provider_rules import DEMANDS, SPAM_RATES, Demand, Need, Provider
from loftbox_cli.core.records import Purpose


class Standing(StrEnum):
    """How a domain stands to one requirement."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True)
class Judgement:
    """How it stands, the fact behind it, and how to mend it."""

    standing: Standing
    fact: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that one provider asks for, and how a domain stands to it."""

    demand: Demand
    judgement: Judgement


_BY_ITSELF = {
    Need.TLS: Judgement(Standing.MET, "LoftBox takes TLS wherever it is offered"),
    Need.FORMAT: Judgement(Standing.MET, "each message is read again before it is signed"),
    Need.OWN_FROM: Judgement(Standing.MET, "From is always an address of the domain itself"),
    Need.ONE_CLICK: Judgement(Standing.NOT_NEEDED, "it is for newsletters, which LoftBox does not send"),
}
_RECORDS = {
    Need.SPF: Purpose.RETURN_PATH_SPF,
    Need.DKIM: Purpose.DKIM,
    Need.DMARC: Purpose.DMARC,
    Need.REVERSE: Purpose.REVERSE,
}


def requirements(findings: Sequence[Checked]) -> tuple[Requirement, ...]:
    """Judge everything that the providers ask for."""
    return tuple(Requirement(demand, _judge(demand.need, demand.provider, findings)) for demand in DEMANDS)


def _judge(need: Need, provider: Provider, findings: Sequence[Checked]) -> Judgement:
    if need in _BY_ITSELF:
        return _BY_ITSELF[need]
    if need is Need.SPAM_RATE:
        return Judgement(Standing.UNKNOWN, "only the provider knows", SPAM_RATES[provider])
    if need in _RECORDS:
        return _by_record(_RECORDS[need], findings)
    spf, dkim = (_by_record(purpose, findings) for purpose in (Purpose.RETURN_PATH_SPF, Purpose.DKIM))
    if need is Need.ALIGNED:
        return _aligned(spf, dkim, findings)
    return next((each for each in (dkim, spf) if each.standing is Standing.MET), dkim)


def _by_record(purpose: Purpose, findings: Sequence[Checked]) -> Judgement:
    # Of several keys the first one signs for those who read no other.
    found = next((each for each in findings if each.purpose == purpose), None)
    if found is None:
        return _unseen(purpose, findings)
    if found.verdict in GOOD:
        return Judgement(Standing.MET, found.problem or f"{found.kind} at {found.name} is good")
    if found.verdict == Verdict.NO_ANSWER:
        return Judgement(Standing.UNKNOWN, found.problem, found.mend)
    return Judgement(Standing.NOT_MET, found.problem, found.mend)


def _unseen(purpose: Purpose, findings: Sequence[Checked]) -> Judgement:
    if findings and purpose is Purpose.REVERSE:
        return Judgement(Standing.UNKNOWN, "mail leaves through a smarthost, and its address is what counts")
    return Judgement(Standing.UNKNOWN, "nobody has looked yet", "loftbox domain verify")


def _aligned(spf: Judgement, dkim: Judgement, findings: Sequence[Checked]) -> Judgement:
    """Judge the alignment of RFC 9989 section 4.4: our signatures are in the name of the domain itself."""
    if dkim.standing is Standing.MET:
        return Judgement(Standing.MET, "the signature is in the name of the domain in From")
    strict = any(
        "aspf=s" in value.replace(" ", "")
        for each in findings
        if each.purpose == Purpose.DMARC
        for value in each.observed
    )
    if spf.standing is Standing.MET and not strict:
        return Judgement(Standing.MET, "the return path lies below the domain in From")
    return dkim
