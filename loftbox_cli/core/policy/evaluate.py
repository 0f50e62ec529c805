"""Facts in, what every rule says out: the one function that decides about policies.

Each policy in force has to allow a message on its own. A rule is asked for each
recipient: one that it holds or blocks holds or blocks the message, and each needs a
rule that allows. Whoever no rule says anything about is held. The order of rules
changes nothing but the order of the reasons.

What is not known never lets a message leave: a rule that holds or blocks, and asks
for such a fact, holds; one that allows does not allow.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from loftbox_cli.core.decision import Answer, Rule
from loftbox_cli.core.policy.facts import UNKNOWN, WEEKDAYS, Facts, Value
from loftbox_cli.core.policy.rule import Policy, PolicyRule

UNKNOWN_FACT = "unknown_fact"
NO_RULE_ALLOWS = "no_rule_allows"
OTHERWISE = "otherwise"  # the name under which a policy holds whom no rule allows


@dataclass(frozen=True, slots=True)
class InForce:
    """A policy that holds for a mailbox, under the id and version that decisions name.

    `topic` joins the questions of all its holds into one. One that does not have to
    allow only adds holds and blocks.
    """

    id: str
    version: int
    policy: Policy
    topic: str = ""
    has_to_allow: bool = True

    @property
    def stamp(self) -> str:
        """What a decision remembers of it."""
        return f"{self.id}@{self.version}"


def evaluate(policies: Sequence[InForce], facts: Facts) -> tuple[Rule, ...]:
    """Ask every rule of every policy; `core.decision.strictest` makes the decision of the answers."""
    return tuple(rule for each in policies for rule in _asked(each, facts))


def values_for(policy: Policy, facts: Facts) -> tuple[Mapping[str, Value], ...]:
    """What each recipient's rules see, with what depends on the policy: its lists and its clock."""
    shared = facts.shared
    if not policy.needs.isdisjoint(("time.of_day", "time.weekday")):
        shared = {**_moment(policy.time_zone, facts.now), **shared}
    if "recipient.lists" not in policy.needs:
        return tuple({**shared, **each} for each in facts.recipients)
    return tuple({**shared, **_lists(policy, each), **each} for each in facts.recipients)


def _lists(policy: Policy, recipient: Mapping[str, Value]) -> Mapping[str, Value]:
    address = recipient.get("recipient.address", UNKNOWN)
    return {"recipient.lists": policy.lists_with(address)} if isinstance(address, str) else {}


def _moment(zone: str, now: datetime) -> Mapping[str, Value]:
    """The time there; a zone that this machine does not have leaves it unknown."""
    place = _zone(zone)
    if place is None:
        return {}
    local = now.astimezone(place)
    return {"time.of_day": local.hour * 60 + local.minute, "time.weekday": WEEKDAYS[local.weekday()]}


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _asked(given: InForce, facts: Facts) -> Iterator[Rule]:
    people = values_for(given.policy, facts)
    waiting = set(range(len(people)))  # those about whom no rule has said anything yet
    missed: list[str] = []
    for rule in given.policy.rules:
        # A rule that does not ask about recipients has the same answer for all of them.
        answers = [_judge(rule, values) for values in (people if rule.of_recipients else people[:1])]
        hits = [place for place, answer in enumerate(answers) if answer is True]
        doubts = [place for place, answer in enumerate(answers) if isinstance(answer, tuple)]
        unknown = tuple(dict.fromkeys(name for place in doubts for name in _names(answers[place])))
        allows = rule.decision is Answer.ALLOW
        if said := hits if allows else hits + doubts:
            waiting.difference_update(said if rule.of_recipients else tuple(waiting))
        if allows:
            missed.extend(unknown)
        yield _told(given, rule, hits, unknown, people)
    if given.has_to_allow and (waiting or not people):
        yield _nobody_allows(given, [_address(people[place]) for place in sorted(waiting)], missed)


def _names(answer: bool | tuple[str, ...]) -> tuple[str, ...]:
    return answer if isinstance(answer, tuple) else ()


def _judge(rule: PolicyRule, values: Mapping[str, Value]) -> bool | tuple[str, ...]:
    """Whether all conditions hold, or the facts that would have to be known to say so."""
    unknown: list[str] = []
    for condition in rule.conditions:
        holds = condition.holds(values)
        if holds is False:
            return False
        if holds is None:
            unknown.append(condition.fact.name)
    return tuple(unknown) or True


def _told(
    given: InForce,
    rule: PolicyRule,
    hits: Sequence[int],
    unknown: tuple[str, ...],
    people: Sequence[Mapping[str, Value]],
) -> Rule:
    in_doubt = bool(unknown) and not hits and rule.decision is not Answer.ALLOW
    words = rule.description or rule.name
    return Rule(
        name=rule.name,
        hit=bool(hits) or in_doubt,
        answer=Answer.HOLD if in_doubt else rule.decision,
        reason=UNKNOWN_FACT if in_doubt else rule.reason,
        detail=f"{words}: {', '.join(unknown)} is not known" if in_doubt else words,
        policy=given.id,
        policy_name=given.policy.name,
        version=given.version,
        recipients=tuple(_address(people[place]) for place in hits) if rule.of_recipients else (),
        unknown=unknown,
        approvers=rule.approvers,
        expires_after=rule.expires_after,
        topic=given.topic,
    )


def _nobody_allows(given: InForce, addresses: Sequence[str], unknown: Sequence[str]) -> Rule:
    for_whom = f" for {', '.join(addresses[:3])}" if addresses else ""
    more = f" and {len(addresses) - 3} more" if len(addresses) > 3 else ""
    because = f", as {', '.join(dict.fromkeys(unknown))} is not known" if unknown else ""
    return Rule(
        name=OTHERWISE,
        hit=True,
        answer=Answer.HOLD,
        reason=NO_RULE_ALLOWS,
        detail=f"no rule of {given.policy.name} allows it{for_whom}{more}{because}",
        policy=given.id,
        policy_name=given.policy.name,
        version=given.version,
        recipients=tuple(addresses),
        topic=given.topic,
    )


def _address(values: Mapping[str, Value]) -> str:
    address = values.get("recipient.address", UNKNOWN)
    return address if isinstance(address, str) else "a recipient"
