"""Facts in, a decision out: the strictest wins, and what is not known never leaves."""

from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.policy.conditions import OPERATORS, Condition, Operator, Patterns
from loftbox_cli.core.policy.evaluate import InForce, evaluate
from loftbox_cli.core.policy.explain import applied, decision_of, explain
from loftbox_cli.core.policy.facts import FACTS, UNKNOWN, Fact, Facts, Kind, Value
from loftbox_cli.core.policy.presets import SOURCES
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.core.policy.rule import Policy, PolicyRule

SATURDAY = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
STRICTNESS = {Answer.ALLOW: 0, Answer.HOLD: 1, Answer.BLOCK: 2}


def policy(*rules: str, head: str = "") -> InForce:
    text = (
        'name = "p"\n' + head + "\n".join(f'[[rule]]\nname = "{n}"\n{each}' for n, each in enumerate(rules))
    )
    return InForce("pol_p", 1, read_policy(text))


def facts(*recipients: dict[str, Value], at: datetime = SATURDAY, **shared: Value) -> Facts:
    named = {name.replace("__", "."): value for name, value in shared.items()}
    people = tuple(
        {f"recipient.{name}": value for name, value in each.items()}
        for each in (recipients or ({"address": "jane@peer.test"},))
    )
    return Facts(named, people, at)


def decide(*policies: InForce, of: Facts) -> Decision:
    return decision_of(evaluate(policies, of), {})


ALLOW_ALL = 'decision = "allow"'


@pytest.mark.parametrize(
    ("rules", "answer", "reasons"),
    [
        ((ALLOW_ALL,), Answer.ALLOW, ("0",)),
        (('decision = "hold"\nwhen.message.html = true', ALLOW_ALL), Answer.HOLD, ("0",)),
        (
            ('decision = "block"\nwhen.message.html = true', 'decision = "hold"', ALLOW_ALL),
            Answer.BLOCK,
            ("0",),
        ),
        (('decision = "hold"\nwhen.message.html = false', ALLOW_ALL), Answer.ALLOW, ("1",)),
        (('decision = "hold"\nwhen.message.html = false',), Answer.HOLD, ("no_rule_allows",)),
        (('decision = "allow"\nwhen.message.html = false',), Answer.HOLD, ("no_rule_allows",)),
        (('decision = "hold"\nwhen.content.findings = "secret"', ALLOW_ALL), Answer.HOLD, ("unknown_fact",)),
        (('decision = "block"\nwhen.content.findings = "secret"', ALLOW_ALL), Answer.HOLD, ("unknown_fact",)),
        (('decision = "allow"\nwhen.content.findings = "none"',), Answer.HOLD, ("no_rule_allows",)),
        (('decision = "allow"\nwhen.content.findings = "none"', ALLOW_ALL), Answer.ALLOW, ("1",)),
        (('decision = "hold"\nwhen.context.step = "refund"', ALLOW_ALL), Answer.HOLD, ("unknown_fact",)),
        (
            ('decision = "hold"\nwhen.message.html = false\nwhen.content.findings = "x"', ALLOW_ALL),
            Answer.ALLOW,
            ("1",),
        ),
    ],
)
def test_the_strictest_rule_wins_and_silence_holds(
    rules: tuple[str, ...], answer: Answer, reasons: tuple[str, ...]
) -> None:
    decision = decide(policy(*rules), of=facts(message__html=True))
    assert (decision.answer, decision.reasons) == (answer, reasons)


def test_each_policy_in_force_has_to_allow() -> None:
    strict = policy('decision = "allow"\nwhen.message.html = false')
    assert decide(policy(ALLOW_ALL), strict, of=facts(message__html=True)).answer is Answer.HOLD
    assert decide(policy(ALLOW_ALL), strict, of=facts(message__html=False)).answer is Answer.ALLOW
    assert decide(of=facts()).answer is Answer.HOLD


def test_one_recipient_of_a_hold_is_enough_and_each_one_needs_an_allow() -> None:
    partners = policy(
        'decision = "allow"\nwhen.recipient.lists = "partners"',
        'decision = "allow"\nwhen.recipient.in_thread = true',
        'decision = "block"\nwhen.recipient.domain = "*.rival.test"',
        head='[lists]\npartners = ["peer.test", "*.peer.test"]\n',
    )
    jane: dict[str, Value] = {"address": "jane@peer.test", "domain": "peer.test", "in_thread": False}
    sub: dict[str, Value] = {"address": "jane@sub.peer.test", "domain": "sub.peer.test", "in_thread": False}
    joe: dict[str, Value] = {"address": "joe@other.test", "domain": "other.test", "in_thread": True}
    stranger: dict[str, Value] = {"address": "eve@else.test", "domain": "else.test", "in_thread": False}
    rival: dict[str, Value] = {"address": "x@a.rival.test", "domain": "a.rival.test", "in_thread": True}
    assert decide(partners, of=facts(jane, sub, joe)).answer is Answer.ALLOW
    held = decide(partners, of=facts(jane, stranger, joe))
    assert (held.answer, held.detail) == (Answer.HOLD, "no rule of p allows it for eve@else.test")
    blocked = decide(partners, of=facts(jane, rival))
    assert (blocked.answer, blocked.decisive[0].recipients) == (Answer.BLOCK, ("x@a.rival.test",))


@pytest.mark.parametrize(
    ("zone", "now", "holds"),
    [
        ("Europe/Berlin", datetime(2026, 11, 23, 7, 0, tzinfo=UTC), False),
        ("Europe/Berlin", datetime(2026, 11, 23, 6, 59, tzinfo=UTC), True),
        ("Europe/Berlin", datetime(2026, 7, 6, 6, 0, tzinfo=UTC), False),  # summer time
        ("Asia/Kathmandu", datetime(2026, 11, 22, 2, 20, tzinfo=UTC), True),  # 8:05 on a Sunday
        ("UTC", SATURDAY, True),
        ("America/New_York", datetime(2026, 11, 21, 3, 0, tzinfo=UTC), True),  # Friday, 22:00
    ],
)
def test_the_clock_is_that_of_the_policy_s_time_zone(zone: str, now: datetime, holds: bool) -> None:
    hours = policy(
        'decision = "hold"\nwhen.time.weekday = ["saturday", "sunday"]',
        'decision = "hold"\nwhen.time.of_day = {not_between = ["08:00", "18:00"]}',
        ALLOW_ALL,
        head=f'time_zone = "{zone}"\n',
    )
    assert (decide(hours, of=facts(at=now)).answer is Answer.HOLD) is holds


def test_a_span_may_go_over_midnight() -> None:
    night = policy('decision = "hold"\nwhen.time.of_day = {between = ["22:00", "06:00"]}', ALLOW_ALL)
    answers = {
        hour: decide(night, of=facts(at=SATURDAY.replace(hour=hour))).answer for hour in (5, 6, 21, 22)
    }
    assert answers == {5: Answer.HOLD, 6: Answer.ALLOW, 21: Answer.ALLOW, 22: Answer.HOLD}


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("*.example.org", "a.b.example.org", "example.org"),
        ("image/*", "image/png", "text/image/"),
        ("a*b*c", "axxbyyc", "acb"),
        ("*", "", None),
        ("a*a", "aa", "a"),
        ("Jane@Example.org", "jane@example.org", "jane@example.orgx"),
    ],
)
def test_a_star_stands_for_any_characters(pattern: str, fitting: str, other: str | None) -> None:
    assert Patterns.of([pattern]).fit(fitting)
    assert other is None or not Patterns.of([pattern]).fit(other)


def test_what_a_person_answered_holds_no_more_but_a_block_stays() -> None:
    held = evaluate((policy('decision = "hold"'),), facts())
    (rule,) = held
    assert decision_of(held, {rule.question: "Anna"}).reasons == ("0_approved",)
    assert decision_of(held, {"another": "Anna"}).answer is Answer.HOLD
    blocked = evaluate((policy('decision = "block"'),), facts())
    assert decision_of(blocked, {blocked[0].question: "Anna"}).answer is Answer.BLOCK


@pytest.mark.parametrize(
    ("preset", "known", "answer"),
    [
        ("read_only", {}, Answer.BLOCK),
        ("gated_all", {}, Answer.HOLD),
        ("autonomous", {}, Answer.ALLOW),
        ("sampled", {"sample__draw": 99, "first_contact": False}, Answer.HOLD),
        ("sampled", {"sample__draw": 100, "first_contact": False}, Answer.ALLOW),
        ("sampled", {"sample__draw": 100, "first_contact": True}, Answer.HOLD),
        ("sampled", {"first_contact": False}, Answer.HOLD),
    ],
)
def test_a_preset_decides_as_its_name_says(preset: str, known: dict[str, Value], answer: Answer) -> None:
    jane: dict[str, Value] = {"address": "jane@peer.test"}
    shared = dict(known)
    if "first_contact" in shared:
        jane["first_contact"] = shared.pop("first_contact")
    given = InForce(preset, 1, read_policy(SOURCES[preset]))
    assert decide(given, of=facts(jane, at=SATURDAY, **shared)).answer is answer


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, Answer.ALLOW),
        ({"in_thread": False}, Answer.HOLD),
        ({"in_thread": UNKNOWN}, Answer.HOLD),
        ({"parent__automation": "auto_replied"}, Answer.HOLD),
        ({"attachment__count": 1}, Answer.HOLD),
        ({"message__reply": False}, Answer.HOLD),
    ],
)
def test_gated_send_lets_only_plain_answers_to_proven_correspondents_leave(
    change: dict[str, Value], answer: Answer
) -> None:
    known: dict[str, Value] = {
        "message__reply": True,
        "parent__automation": "none",
        "attachment__count": 0,
        "in_thread": True,
        **change,
    }
    jane: dict[str, Value] = {"address": "jane@peer.test", "in_thread": known.pop("in_thread")}
    given = InForce("gated_send", 1, read_policy(SOURCES["gated_send"]))
    assert decide(given, of=facts(jane, at=SATURDAY, **known)).answer is answer


# Properties: small worlds, in which facts may be known or not.

FLAGS = [FACTS[name] for name in ("message.html", "message.reply", "recipient.first_contact")]
NUMBERS = [FACTS[name] for name in ("message.recipients", "recipient.sent_hour")]
TEXTS = [FACTS[name] for name in ("recipient.domain", "message.subject", "thread.state")]
SETS = [FACTS["attachment.types"]]
WORDS = st.sampled_from(["open", "closed", "a.test", "b.test"])


def _conditions(fact: Fact) -> st.SearchStrategy[Condition]:
    wanted: dict[Kind, st.SearchStrategy[object]] = {
        Kind.FLAG: st.booleans(),
        Kind.NUMBER: st.integers(0, 3),
        Kind.TEXT: st.lists(WORDS, min_size=1, max_size=2).map(Patterns.of),
        Kind.TEXTS: st.lists(WORDS, min_size=1, max_size=2).map(Patterns.of),
    }
    operators: st.SearchStrategy[Operator] = st.sampled_from(OPERATORS[fact.kind])
    return st.builds(Condition, st.just(fact), operators, wanted[fact.kind])


conditions = st.sampled_from([*FLAGS, *NUMBERS, *TEXTS, *SETS]).flatmap(_conditions)
rules = st.builds(
    lambda decision, found: PolicyRule("r", "", decision, "r", tuple(found)),
    st.sampled_from(Answer),
    st.lists(conditions, max_size=3),
)


def _values(fact: Fact) -> st.SearchStrategy[Value]:
    known: dict[Kind, st.SearchStrategy[Value]] = {
        Kind.FLAG: st.booleans(),
        Kind.NUMBER: st.integers(0, 4),
        Kind.TEXT: WORDS,
        Kind.TEXTS: st.frozensets(WORDS, max_size=2),
    }
    return known[fact.kind] | st.just(UNKNOWN)


ALL = [*FLAGS, *NUMBERS, *TEXTS, *SETS]
worlds = st.builds(
    lambda shared, people: Facts(shared, tuple(people), SATURDAY),
    st.fixed_dictionaries({fact.name: _values(fact) for fact in ALL if not fact.of_recipient}),
    st.lists(
        st.fixed_dictionaries({fact.name: _values(fact) for fact in ALL if fact.of_recipient}),
        min_size=1,
        max_size=3,
    ),
)


def in_force(found: list[PolicyRule]) -> InForce:
    named = tuple(
        PolicyRule(str(place), "", rule.decision, str(place), rule.conditions)
        for place, rule in enumerate(found)
    )
    return InForce("pol_p", 1, Policy("p", "", "UTC", {}, named))


@given(st.lists(rules, max_size=4), rules, worlds)
def test_one_more_rule_that_holds_or_blocks_never_lets_more_leave(
    found: list[PolicyRule], more: PolicyRule, world: Facts
) -> None:
    stricter = PolicyRule(
        "r", "", max(more.decision, Answer.HOLD, key=STRICTNESS.__getitem__), "r", more.conditions
    )
    before = decide(in_force(found), of=world).answer
    after = decide(in_force([*found, stricter]), of=world).answer
    assert STRICTNESS[after] >= STRICTNESS[before]


@given(st.lists(rules, max_size=4), st.lists(rules, max_size=3), worlds)
def test_one_more_policy_never_lets_more_leave(
    one: list[PolicyRule], other: list[PolicyRule], world: Facts
) -> None:
    alone = decide(in_force(one), of=world).answer
    both = decide(in_force(one), in_force(other), of=world).answer
    assert STRICTNESS[both] >= STRICTNESS[alone]


@given(st.lists(rules, max_size=3), worlds)
def test_the_order_of_rules_and_recipients_changes_no_decision(found: list[PolicyRule], world: Facts) -> None:
    answers = {decide(in_force(list(each)), of=world).answer for each in permutations(found)}
    turned = Facts(world.shared, world.recipients[::-1], world.now)
    assert answers == {decide(in_force(found), of=turned).answer}


@given(st.lists(rules, max_size=4), worlds, st.data())
def test_what_leaves_though_something_is_unknown_would_leave_whatever_that_is(
    found: list[PolicyRule], world: Facts, data: st.DataObject
) -> None:
    if decide(in_force(found), of=world).answer is not Answer.ALLOW:
        return

    def known(values: dict[str, Value]) -> dict[str, Value]:
        return {
            name: data.draw(_values(FACTS[name]).filter(lambda drawn: drawn is not UNKNOWN))
            if value is UNKNOWN
            else value
            for name, value in values.items()
        }

    world = Facts(known(dict(world.shared)), tuple(known(dict(each)) for each in world.recipients), world.now)
    assert decide(in_force(found), of=world).answer is Answer.ALLOW


@given(st.lists(rules, max_size=4), worlds)
def test_each_way_out_that_is_told_leads_to_the_decision_that_it_names(
    found: list[PolicyRule], world: Facts
) -> None:
    given_policy = in_force(found)
    told = explain((given_policy,), world)
    assert told.decision == decide(given_policy, of=world)
    for way in told.ways_out:
        assert way.answer is not told.decision.answer
        assert decide(given_policy, of=applied(world, way.changes)).answer is way.answer


def test_the_explanation_names_the_one_thing_to_change() -> None:
    known = policy(
        'decision = "allow"\nwhen.recipient.first_contact = false',
        'decision = "hold"\nwhen.message.html = true',
    )
    jane: dict[str, Value] = {"address": "jane@peer.test", "first_contact": True}
    told = explain((known,), facts(jane, message__html=False))
    assert told.decision.answer is Answer.HOLD
    (way,) = told.ways_out
    (change,) = way.changes
    assert (change.condition.fact.name, change.value, change.recipient, way.answer) == (
        "recipient.first_contact",
        False,
        0,
        Answer.ALLOW,
    )
    both = explain((known,), facts(jane, message__html=True))
    assert [len(each.changes) for each in both.ways_out] == [2]


def test_every_rule_that_hit_and_missed_is_told_with_what_it_saw() -> None:
    known = policy('decision = "allow"\nwhen.recipient.first_contact = false\nwhen.message.html = false')
    people: list[dict[str, Value]] = [
        {"address": "jane@peer.test", "first_contact": False},
        {"address": "eve@else.test", "first_contact": True},
    ]
    told = explain((known,), facts(*people, message__html=False))
    rule, otherwise = told.looked
    assert (rule.rule.hit, rule.rule.recipients) == (True, ("jane@peer.test",))
    assert [(seen.values, seen.holds) for seen in rule.conditions] == [
        ((False, True), False),
        ((False,), True),
    ]
    assert (otherwise.rule.hit, otherwise.rule.recipients) == (True, ("eve@else.test",))
