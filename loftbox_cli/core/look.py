"""From what a look at DNS found to what a domain remembers of it."""

from collections.abc import Sequence

from loftbox_cli.core.domain import Checked, Look
from loftbox_cli.core.finding import Finding, capabilities


def summed_up(findings: Sequence[Finding]) -> Look:
    """Sum up one look; what DNS did not answer stays unknown."""
    can = capabilities(findings)
    return Look(can.owned, can.outbound, can.inbound, tuple(_checked(finding) for finding in findings))


def _checked(finding: Finding) -> Checked:
    record = finding.record
    return Checked(
        purpose=record.purpose.value,
        name=record.name,
        kind=record.kind,
        expected=record.value,
        required=record.required,
        verdict=finding.verdict.value,
        observed=finding.observed,
        problem=finding.problem,
        mend=finding.mend,
        note=finding.note,
    )
