"""A domain's records as people read them: what to publish, and what DNS said about each."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.core.finding import GOOD, Verdict
from loftbox_cli.core.provider_rules import Provider
from loftbox_cli.core.records import Record, relative_name
from loftbox_cli.core.views.domain import DomainView, FindingView, RecordView, record_views

LONGEST = 44  # characters of a value in a table: a DKIM key has four hundred


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishView(RecordView):
    """A record to publish, also under the name that a provider's form asks for."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "kind", "relative", "value", "required", "why")

    relative: str


@dataclass(frozen=True, slots=True)
class CheckedView:
    """What DNS said about one record."""

    purpose: str
    name: str
    expected: str
    observed: tuple[str, ...]
    verdict: str
    note: str


@dataclass(frozen=True, slots=True)
class DemandedView:
    """One requirement of the large providers: how the domain stands with each of those that have it."""

    requirement: str
    gmail: str
    yahoo: str
    microsoft: str
    fact: str


def publish_views(records: Sequence[Record], domain: str) -> list[PublishView]:
    """Show what to publish."""
    return [
        PublishView(
            **{field.name: getattr(view, field.name) for field in fields(view)},
            relative=relative_name(view.name, domain),
        )
        for view in record_views(records)
    ]


def spelled_out(records: Sequence[Record], domain: str) -> str:
    """Write what to publish so that each value stands on a line of its own and can be copied whole."""
    return "\n".join(
        f"{view.kind:3}  {'required' if view.required else 'optional'}  {view.name}"
        f"  (in the zone: {view.relative})\n"
        f"     {view.why}\n"
        f"{view.value}\n"
        for view in publish_views(records, domain)
    )


def write_findings(out: Output, view: DomainView) -> None:
    """Write what a look found; a program gets the whole domain."""
    if out.mode not in (Mode.TABLE, Mode.TABS):
        out.show(view)
        return
    out.listing([_checked(each, short=out.for_people) for each in view.records], of=CheckedView)
    for each in view.records:
        if each.problem:
            out.say(f"{each.problem}: {each.mend}" if each.mend else each.problem)
    out.table(_demanded(view), of=DemandedView)
    out.say(f"domain {view.name} is {view.state}, its review is {view.review}")
    out.next(_next(view))


def code_of(view: DomainView) -> ExitCode:
    """Say by the required records what a look found: a fault outweighs an answer that did not come."""
    faults = [each.verdict for each in view.records if each.required and each.verdict not in GOOD]
    if not faults:
        return ExitCode.DONE
    return ExitCode.TRY_LATER if set(faults) == {Verdict.NO_ANSWER} else ExitCode.NOT_SO


def _checked(finding: FindingView, *, short: bool) -> CheckedView:
    cut = _shortened if short else str
    return CheckedView(
        finding.purpose,
        finding.name,
        cut(finding.expected),
        tuple(cut(value) for value in finding.observed),
        finding.verdict,
        finding.note,
    )


def _demanded(view: DomainView) -> list[DemandedView]:
    """Set the providers side by side; what one of them does not ask for stays empty."""
    found: dict[str, dict[str, str]] = {}
    facts: dict[str, str] = {}
    for each in view.requirements:
        found.setdefault(each.requirement, {})[each.provider] = each.standing
        facts.setdefault(each.requirement, each.fact)
    return [
        DemandedView(
            need,
            gmail=by.get(Provider.GMAIL, ""),
            yahoo=by.get(Provider.YAHOO, ""),
            microsoft=by.get(Provider.MICROSOFT, ""),
            fact=facts[need],
        )
        for need, by in found.items()
    ]


def _shortened(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 12]}…{value[-11:]}"


def _next(view: DomainView) -> str:
    if code_of(view) is not ExitCode.DONE:
        return f"loftbox domain verify {view.name}"
    if view.review != "approved":
        return f"loftbox domain review {view.name} --approve"
    return f"loftbox mailbox create name@{view.name} --agent AGENT"
