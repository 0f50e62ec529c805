import itertools

import pytest

from loftbox_cli.core.decision import Answer, Rule, strictest

MILD_TO_STRICT = [Answer.ALLOW, Answer.HOLD, Answer.BLOCK]


def rule(answer: Answer, *, hit: bool = True, name: str = "rule") -> Rule:
    return Rule(name, hit, answer, f"{name}_{answer}", f"{name} says {answer}")


@pytest.mark.parametrize("answers", list(itertools.product(MILD_TO_STRICT, repeat=3)))
def test_the_strictest_rule_that_hits_wins_in_any_order(answers: tuple[Answer, ...]) -> None:
    decision = strictest(tuple(rule(answer) for answer in answers))
    assert decision.answer is max(answers, key=MILD_TO_STRICT.index)


def test_a_rule_that_misses_says_nothing() -> None:
    assert strictest((rule(Answer.BLOCK, hit=False), rule(Answer.ALLOW))).answer is Answer.ALLOW


@pytest.mark.parametrize("rules", [(), (rule(Answer.ALLOW, hit=False),), (rule(Answer.BLOCK, hit=False),)])
def test_without_a_rule_that_hits_it_is_held(rules: tuple[Rule, ...]) -> None:
    assert strictest(rules).answer is Answer.HOLD


def test_the_reasons_are_those_of_the_decisive_rules_and_every_rule_is_kept() -> None:
    rules = (
        rule(Answer.HOLD, name="one"),
        rule(Answer.ALLOW, name="two"),
        rule(Answer.HOLD, name="three"),
        rule(Answer.HOLD, hit=False, name="four"),
    )
    decision = strictest(rules)
    assert decision.reasons == ("one_hold", "three_hold")
    assert decision.detail == "one says hold; three says hold"
    assert decision.rules == rules
