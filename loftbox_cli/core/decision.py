"""What the gate answers, and why."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """Ordered from mild to strict: the strictest rule that hits wins."""

    ALLOW = "allow"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that was looked at: whether it hit, and what it says when it does."""

    name: str
    hit: bool
    answer: Answer
    reason: str  # a stable code, such as oversight_gated_all
    detail: str  # a sentence for people


@dataclass(frozen=True, slots=True)
class Decision:
    """The strictest answer, and every rule that was looked at on the way."""

    answer: Answer
    rules: tuple[Rule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of the rules that hit with the decisive answer."""
        return tuple(rule.reason for rule in self.rules if rule.hit and rule.answer is self.answer)

    @property
    def detail(self) -> str:
        """One line for people: why the answer is what it is."""
        hits = [rule.detail for rule in self.rules if rule.hit and rule.answer is self.answer]
        return "; ".join(hits)


_STRICTNESS = {Answer.ALLOW: 0, Answer.HOLD: 1, Answer.BLOCK: 2}


def strictest(rules: tuple[Rule, ...]) -> Decision:
    """Put the rules together. No rule that hits means hold: nothing said that it may leave."""
    hits = [rule.answer for rule in rules if rule.hit]
    answer = max(hits, key=_STRICTNESS.__getitem__) if hits else Answer.HOLD
    return Decision(answer, rules)
