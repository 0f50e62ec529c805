"""How a domain is shown, with its records, what DNS said about each, and what large providers ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.dkim_key import Algorithm
from loftbox_cli.core.dkim_rotation import KeyPhase, may_go_at
from loftbox_cli.core.domain import Checked, Domain, DomainState, Review
from loftbox_cli.core.ids import DomainId
from loftbox_cli.core.provider_rules import Need, Provider
from loftbox_cli.core.records import TTL, Record
from loftbox_cli.core.requirements import Requirement, Standing, requirements
from loftbox_cli.core.views.pause import Status, status_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """What the last look at DNS said about one record, and how to mend it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("verdict", "kind", "name", "required", "problem", "mend")

    purpose: str
    name: str
    kind: str
    expected: str
    required: bool
    verdict: str
    observed: tuple[str, ...]
    problem: str
    mend: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementView:
    """What one large provider asks of everybody, or of those who send `above` so much; `fix` mends it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("provider", "requirement", "standing", "fact", "fix")

    provider: Provider
    requirement: Need
    above: str
    standing: Standing
    fact: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimKeyView:
    """A DKIM key: next until its record is seen, then signing, then retired until its record may go."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("selector", "algorithm", "phase", "since", "may_go_at")

    selector: str
    algorithm: Algorithm
    phase: KeyPhase
    since: datetime
    may_go_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilitiesView:
    """What the domain may do at this moment."""

    outbound: bool
    inbound: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """A domain, where it stands and what DNS last said. `records` lists nothing before the first look.

    `route` is the URL of its smarthost, "direct" for the MX hosts of each recipient, or
    "default" for the way that the settings name for all domains.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "name", "state", "review", "status", "checked_at")

    id: DomainId
    object: Literal["domain"] = "domain"
    name: str
    state: DomainState
    review: Review
    use_case: str
    status: Status
    owned: bool
    capabilities: CapabilitiesView
    route: str
    token: str
    dkim: tuple[DkimKeyView, ...]
    records: tuple[FindingView, ...]
    requirements: tuple[RequirementView, ...]
    verified_at: datetime | None
    checked_at: datetime | None
    failing_since: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """One DNS record to publish. `value` is one string; a zone file cuts it into chunks."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("kind", "name", "value", "required", "why")

    object: Literal["record"] = "record"
    purpose: str
    kind: str
    name: str
    value: str
    ttl: int
    required: bool
    why: str


def dkim_key_view(selector: str, algorithm: Algorithm, phase: KeyPhase, since: datetime) -> DkimKeyView:
    """Show a DKIM key."""
    return DkimKeyView(
        selector=selector,
        algorithm=algorithm,
        phase=phase,
        since=since,
        may_go_at=may_go_at(phase, since),
    )


def domain_view(
    domain: Domain,
    now: datetime,
    *,
    paused: bool,
    route: str = "default",
    dkim: Sequence[DkimKeyView] = (),
) -> DomainView:
    """Show a domain as it stands at `now`."""
    return DomainView(
        id=domain.id,
        name=domain.name,
        state=domain.state(now),
        review=domain.review,
        use_case=domain.use_case,
        status=status_of(paused),
        owned=domain.owned,
        capabilities=CapabilitiesView(
            outbound=domain.may_send(now) and not paused,
            # Once verified, a domain receives whatever becomes of its records.
            inbound=domain.verified_at is not None,
        ),
        route=route,
        token=domain.token,
        dkim=tuple(dkim),
        records=tuple(finding_view(each) for each in domain.findings),
        requirements=tuple(requirement_view(each) for each in requirements(domain.findings)),
        verified_at=domain.verified_at,
        checked_at=domain.checked_at,
        failing_since=domain.failing_since,
        created_at=domain.created_at,
    )


def finding_view(checked: Checked) -> FindingView:
    """Show what was found about one record."""
    return FindingView(
        purpose=checked.purpose,
        name=checked.name,
        kind=checked.kind,
        expected=checked.expected,
        required=checked.required,
        verdict=checked.verdict,
        observed=checked.observed,
        problem=checked.problem,
        mend=checked.mend,
        note=checked.note,
    )


def requirement_view(found: Requirement) -> RequirementView:
    """Show what a provider asks for, and how the domain stands to it."""
    return RequirementView(
        provider=found.demand.provider,
        requirement=found.demand.need,
        above=found.demand.above,
        standing=found.judgement.standing,
        fact=found.judgement.fact,
        fix=found.judgement.fix,
    )


def record_views(records: Sequence[Record]) -> tuple[RecordView, ...]:
    """Show what to publish."""
    return tuple(
        RecordView(
            purpose=record.purpose.value,
            kind=record.kind,
            name=record.name,
            value=record.value,
            ttl=TTL,
            required=record.required,
            why=record.why,
        )
        for record in records
    )
