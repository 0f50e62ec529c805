"""What is judged about the world's view of the gateway: names, records, and what providers ask.

Looking outside dials strangers and tells block lists of our address, so it happens
only where somebody asks for it; the rest of `doctor` works without a network.
"""

from collections.abc import Iterable, Iterator

from loftbox_cli.core.doctor.check import Check, Health
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.provider_rules import Provider
from loftbox_cli.core.requirements import Requirement, Standing, requirements

_STATES = {
    Verdict.OK: Health.OK,
    Verdict.WARNING: Health.WARNING,
    Verdict.MISSING: Health.WARNING,
    Verdict.NO_SUCH_NAME: Health.WARNING,
    Verdict.WRONG: Health.WRONG,
    Verdict.NO_ANSWER: Health.UNKNOWN,
}


def not_asked() -> Check:
    """Tell that nobody outside was asked."""
    return Check(
        "outside",
        Health.NOT_ASKED,
        "port 25, reverse names, smarthosts, MTA-STS and block lists were not looked at",
        "loftbox doctor --outside",
    )


def judge_finding(name: str, finding: Finding) -> Check:
    """Tell what DNS said about one record; advice that nobody followed is no fault."""
    state = _STATES[finding.verdict]
    good = "; ".join(finding.observed) + (f" ({finding.note})" if finding.note else "")
    return Check(name, state, finding.problem or good, finding.mend)


def judge_providers(domains: Iterable[Domain]) -> Iterator[Check]:
    """Judge each domain that was verified by what the last look at its DNS found."""
    for domain in domains:
        if domain.verified_at is None:
            continue
        found = requirements(domain.findings)
        for provider in Provider:
            yield _judge_provider(
                provider, domain.name, [each for each in found if each.demand.provider is provider]
            )


def _judge_provider(provider: Provider, domain: str, found: list[Requirement]) -> Check:
    unmet = [each for each in found if each.judgement.standing is Standing.NOT_MET]
    unknown = [each for each in found if each.judgement.standing is Standing.UNKNOWN]
    not_known = f"; not known: {_named(unknown)}" if unknown else ""
    if unmet:
        return Check(
            f"{provider} for {domain}",
            Health.WARNING,
            f"{domain} does not meet what {provider} asks: {_named(unmet)}{not_known}",
            unmet[0].judgement.fix or f"loftbox domain verify {domain}",
        )
    return Check(f"{provider} for {domain}", Health.OK, f"{domain} meets what {provider} asks{not_known}")


def _named(found: list[Requirement]) -> str:
    return ", ".join(each.demand.need for each in found)
