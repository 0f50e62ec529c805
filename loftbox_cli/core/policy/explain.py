"""Why a decision is what it is, and what would have to be different for another one.

A way out names values that some facts would have to have. It is tried before it is
told: evaluated with those values, the decision is the one that it promises.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from loftbox_cli.core.decision import Answer, Decision, Rule, strictest
from loftbox_cli.core.policy.conditions import Condition
from loftbox_cli.core.policy.evaluate import OTHERWISE, InForce, evaluate, values_for
from loftbox_cli.core.policy.facts import UNKNOWN, Facts, Value
from loftbox_cli.core.policy.rule import PolicyRule

MOST_WAYS = 20


@dataclass(frozen=True, slots=True)
class Seen:
    """A condition, and what it saw: the values of all recipients, or the one that all share."""

    condition: Condition
    values: tuple[Value, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a fact would have to have, of one recipient or (None) of the message."""

    condition: Condition
    holding: bool
    recipient: int | None
    value: Value


@dataclass(frozen=True, slots=True)
class WayOut:
    """Changes that together make another decision of it."""

    changes: tuple[Change, ...]
    answer: Answer


@dataclass(frozen=True, slots=True)
class Looked:
    """One rule as it answered, and the conditions behind it; what is built in has none to show."""

    rule: Rule
    conditions: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, every rule that was asked, and the ways to another one."""

    decision: Decision
    looked: tuple[Looked, ...]
    ways_out: tuple[WayOut, ...]


def explain(
    policies: Sequence[InForce],
    facts: Facts,
    others: Sequence[Rule] = (),
    said: Mapping[str, str] | None = None,
) -> Explanation:
    """Decide, and say why.

    `others` are rules that lie outside of policies; `said` names who answered which question.
    """
    found = _Decider(policies, others, said or {})
    decision = found.decide(facts)
    looked = (*(Looked(rule) for rule in others), *_looked(policies, facts, decision))
    return Explanation(decision, looked, tuple(_ways_out(found, facts, decision)))


@dataclass(frozen=True, slots=True)
class _Decider:
    policies: Sequence[InForce]
    others: Sequence[Rule]
    said: Mapping[str, str]

    def decide(self, facts: Facts) -> Decision:
        return decision_of((*self.others, *evaluate(self.policies, facts)), self.said)


def decision_of(rules: Sequence[Rule], said: Mapping[str, str]) -> Decision:
    """The strictest answer, where a hold that a person has answered already holds no more."""
    return strictest(tuple(_after(rule, said) for rule in rules))


def _after(rule: Rule, said: Mapping[str, str]) -> Rule:
    if rule.hit and rule.answer is Answer.HOLD and rule.question in said:
        return rule.answered(said[rule.question])
    return rule


def _looked(policies: Sequence[InForce], facts: Facts, decision: Decision) -> Iterator[Looked]:
    answers = {(rule.policy, rule.name): rule for rule in decision.rules if rule.policy}
    for given in policies:
        people = values_for(given.policy, facts)
        for rule in given.policy.rules:
            yield Looked(answers[given.id, rule.name], tuple(_seen(each, people) for each in rule.conditions))
        if (given.id, OTHERWISE) in answers:
            yield Looked(answers[given.id, OTHERWISE])


def _seen(condition: Condition, people: Sequence[Mapping[str, Value]]) -> Seen:
    asked = people if condition.fact.of_recipient else people[:1]
    holds = [condition.holds(values) for values in asked]
    values = tuple(each.get(condition.fact.name, UNKNOWN) for each in asked)
    return Seen(condition, values, False if False in holds else None if None in holds else True)


def _ways_out(found: _Decider, facts: Facts, decision: Decision) -> Iterator[WayOut]:
    """Single steps that change the decision; when none does, the first step at each obstacle together."""
    obstacles = [list(each) for each in _obstacles(found.policies, facts, decision)]
    told: set[tuple[Change, ...]] = set()
    for changes in (changes for each in obstacles for changes in each):
        if len(told) == MOST_WAYS or changes in told:
            continue
        answer = found.decide(applied(facts, changes)).answer
        if answer is not decision.answer:
            told.add(changes)
            yield WayOut(changes, answer)
    if not told and decision.answer is not Answer.ALLOW and obstacles and all(obstacles):
        together = tuple(dict.fromkeys(change for each in obstacles for change in each[0]))
        answer = found.decide(applied(facts, together)).answer
        if answer is not decision.answer:
            yield WayOut(together, answer)


def applied(facts: Facts, changes: Sequence[Change]) -> Facts:
    """The facts as they would be."""
    shared = dict(facts.shared)
    recipients = [dict(each) for each in facts.recipients]
    for change in changes:
        values = shared if change.recipient is None else recipients[change.recipient]
        values[change.condition.fact.name] = change.value
    return replace(facts, shared=shared, recipients=tuple(recipients))


def _obstacles(
    policies: Sequence[InForce], facts: Facts, decision: Decision
) -> Iterator[Iterator[tuple[Change, ...]]]:
    """For each rule that decided, the changes after which it would not, or what would hold."""
    deciding = {(rule.policy, rule.name) for rule in decision.decisive}
    for given in policies:
        people = values_for(given.policy, facts)
        rules = given.policy.rules
        for rule in rules:
            if decision.answer is not Answer.ALLOW and (given.id, rule.name) in deciding:
                yield _against(rule, people)
        if decision.answer is Answer.ALLOW:
            stricter = (rule for rule in rules if rule.decision is not Answer.ALLOW)
            yield _found(_towards(rule, people[:1]) for rule in stricter)
        elif given.has_to_allow and not _all_allowed(rules, people):
            allowing = (rule for rule in rules if rule.decision is Answer.ALLOW)
            yield _found(_towards(rule, people) for rule in allowing)


def _all_allowed(rules: Sequence[PolicyRule], people: Sequence[Mapping[str, Value]]) -> bool:
    allowing = [rule.conditions for rule in rules if rule.decision is Answer.ALLOW]
    return all(
        any(all(each.holds(values) for each in conditions) for conditions in allowing) for values in people
    )


def _found(ways: Iterable[tuple[Change, ...] | None]) -> Iterator[tuple[Change, ...]]:
    return (changes for changes in ways if changes)


def _against(rule: PolicyRule, people: Sequence[Mapping[str, Value]]) -> Iterator[tuple[Change, ...]]:
    """One condition of the rule that fails, for everybody for whom all of them held."""
    for condition in rule.conditions:
        asked = people if condition.fact.of_recipient else people[:1]
        changes = tuple(
            change
            for place, values in enumerate(asked)
            if condition.holds(values) is not False
            and (change := _change(condition, place, holding=False)) is not None
        )
        if changes:
            yield changes


def _towards(rule: PolicyRule, people: Sequence[Mapping[str, Value]]) -> tuple[Change, ...] | None:
    """All conditions of the rule that hold, for everybody; None where that cannot be."""
    changes: list[Change] = []
    for condition in rule.conditions:
        for place, values in enumerate(people if condition.fact.of_recipient else people[:1]):
            if condition.holds(values) is not True:
                change = _change(condition, place, holding=True)
                if change is None:
                    return None
                changes.append(change)
    return tuple(changes)


def _change(condition: Condition, place: int, *, holding: bool) -> Change | None:
    """A change of one fact; None where no value would do."""
    value = condition.example(holding=holding)
    if value is UNKNOWN:
        return None
    return Change(condition, holding, place if condition.fact.of_recipient else None, value)
