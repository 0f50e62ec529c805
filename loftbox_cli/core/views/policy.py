"""How policies are shown, and why one decided as it did."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.policy.conditions import spell
from loftbox_cli.core.policy.explain import Change, Explanation, Looked, Seen, WayOut
from loftbox_cli.core.policy.facts import Kind
from loftbox_cli.core.policy.rule import Policy, PolicyRule
from loftbox_cli.core.policy.stored import Binding, BindingScope, PolicyVersion, StoredPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRuleView:
    """A rule as it was read. All of `when` has to hold; null `expires_after` is the usual time."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "decision", "reason", "when")

    name: str
    description: str
    decision: Answer
    reason: str
    when: tuple[str, ...]
    approvers: int
    expires_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingView:
    """What a policy holds for; the target "gateway" means all."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("scope", "target", "by", "at")

    scope: BindingScope
    target: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersionView:
    """A version of a policy: who wanted it, when and why."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("version", "at", "by", "why")

    version: int
    by: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """Rules that say what may leave. `source` is their text, as it was written.

    What LoftBox brings is `built_in`: it has its name for an id, and is neither changed nor bound.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("name", "version", "built_in", "bound_to", "description")

    id: str
    object: Literal["policy"] = "policy"
    name: str
    version: int
    built_in: bool
    description: str
    time_zone: str
    source: str
    rules: tuple[PolicyRuleView, ...]
    bound_to: tuple[str, ...]
    bindings: tuple[BindingView, ...]
    versions: tuple[PolicyVersionView, ...]
    created_at: datetime | None
    updated_at: datetime | None


def policy_view(
    policy: Policy,
    *,
    source: str,
    version: int,
    stored: StoredPolicy | None,
    versions: Sequence[PolicyVersion] = (),
    bindings: Sequence[Binding] = (),
) -> PolicyView:
    """Show a policy; what LoftBox brings is not stored."""
    return PolicyView(
        id=stored.id if stored else policy.name,
        name=stored.name if stored else policy.name,
        version=version,
        built_in=stored is None,
        description=policy.description,
        time_zone=policy.time_zone,
        source=source,
        rules=tuple(map(rule_view, policy.rules)),
        bound_to=tuple(each.target for each in bindings),
        bindings=tuple(
            BindingView(scope=each.scope, target=each.target, by=each.by, at=each.at) for each in bindings
        ),
        versions=tuple(
            PolicyVersionView(version=each.number, by=each.by, why=each.why, at=each.at) for each in versions
        ),
        created_at=stored.created_at if stored else None,
        updated_at=stored.updated_at if stored else None,
    )


def rule_view(rule: PolicyRule) -> PolicyRuleView:
    """Show a rule."""
    return PolicyRuleView(
        name=rule.name,
        description=rule.description,
        decision=rule.decision,
        reason=rule.reason,
        when=tuple(condition.sentence for condition in rule.conditions),
        approvers=rule.approvers,
        expires_after=spell_duration(rule.expires_after) if rule.expires_after else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionView:
    """A condition, and the values that it saw; `holds` is null where a fact is not known."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("condition", "values", "holds")

    fact: str
    condition: str
    values: tuple[str, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleAskedView:
    """What one rule said; `policy` is the id, "" for what lies beside policies."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("policy_name", "rule", "hit", "decision", "reason", "detail")

    policy: str
    policy_name: str
    version: int
    rule: str
    hit: bool
    decision: Answer
    reason: str
    detail: str
    recipients: tuple[str, ...]
    unknown: tuple[str, ...]
    conditions: tuple[ConditionView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """What would have to be so; `value` is an example of it. `recipient` is null for the message itself."""

    fact: str
    recipient: str | None
    needs: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOutView:
    """Changes after which the answer would be another one."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("answer", "needs")

    answer: Answer
    needs: tuple[str, ...]
    changes: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationView:
    """What the gate would answer, every rule that was asked, and what would change the answer."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("answer", "reasons", "detail")

    object: Literal["evaluation"] = "evaluation"
    answer: Answer
    reasons: tuple[str, ...]
    detail: str
    rules: tuple[RuleAskedView, ...]
    ways_out: tuple[WayOutView, ...]


def evaluation_view(explained: Explanation, recipients: Sequence[str]) -> EvaluationView:
    """Show a decision with its reasons; `recipients` are those of the message, in their order."""
    return EvaluationView(
        answer=explained.decision.answer,
        reasons=explained.decision.reasons,
        detail=explained.decision.detail,
        rules=tuple(map(_asked_view, explained.looked)),
        ways_out=tuple(_way_out_view(way, recipients) for way in explained.ways_out),
    )


def _asked_view(looked: Looked) -> RuleAskedView:
    rule = looked.rule
    return RuleAskedView(
        policy=rule.policy,
        policy_name=rule.policy_name,
        version=rule.version,
        rule=rule.name,
        hit=rule.hit,
        decision=rule.answer,
        reason=rule.reason,
        detail=rule.detail,
        recipients=rule.recipients,
        unknown=rule.unknown,
        conditions=tuple(map(_condition_view, looked.conditions)),
    )


def _condition_view(seen: Seen) -> ConditionView:
    fact = seen.condition.fact
    return ConditionView(
        fact=fact.name,
        condition=seen.condition.sentence,
        values=tuple(spell(fact.kind, value) for value in seen.values),
        holds=seen.holds,
    )


def _way_out_view(way: WayOut, recipients: Sequence[str]) -> WayOutView:
    changes = tuple(_change_view(change, recipients) for change in way.changes)
    needs = tuple(f"{each.needs} ({each.recipient})" if each.recipient else each.needs for each in changes)
    return WayOutView(answer=way.answer, needs=needs, changes=changes)


def _change_view(change: Change, recipients: Sequence[str]) -> ChangeView:
    fact = change.condition.fact
    value = spell(fact.kind, change.value)
    if fact.kind is Kind.FLAG:
        needs = f"{fact.name} is {value}"
    else:
        needs = change.condition.sentence if change.holding else f"not: {change.condition.sentence}"
    return ChangeView(
        fact=fact.name,
        recipient=None if change.recipient is None else recipients[change.recipient],
        needs=needs,
        value=value,
    )
