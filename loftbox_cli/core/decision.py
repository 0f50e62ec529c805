"""What the gate answers, and why."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

MOST_NAMED = 10  # recipients that a kept rule names


class Answer(StrEnum):
    """Ordered from mild to strict: the strictest rule that hits wins."""

    ALLOW = "allow"
    HOLD = "hold"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that was looked at: whether it hit, and what it says when it does.

    `policy`, its id, and `version` say where it stands written, "" for what lies beside policies.
    `recipients` are those for whom it hit, when not all are meant; `unknown` names the
    facts that it asked for and nobody knows. `approvers` and `expires_after` are for
    holds: how many persons have to agree, and how long they have (None: the usual time).
    """

    name: str
    hit: bool
    answer: Answer
    reason: str  # a stable code, such as oversight_gated_all
    detail: str  # a sentence for people
    policy: str = ""
    policy_name: str = ""
    version: int = 0
    recipients: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    approvers: int = 1
    expires_after: timedelta | None = None
    topic: str = ""

    @property
    def question(self) -> str:
        """What persons are asked by this rule when it holds; rules with the same topic ask the same.

        One that wants more persons than before asks anew.
        """
        return self.topic or f"{self.policy}/{self.name}/{self.reason}/{self.approvers}"

    def answered(self, by: str) -> "Rule":
        """The same rule, after a person agreed."""
        return replace(
            self, answer=Answer.ALLOW, reason=f"{self.reason}_approved", detail=f"approved by {by}"
        )


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that made a decision, as an approval keeps it: `question` is what its person is asked."""

    policy: str
    policy_name: str
    version: int
    name: str
    reason: str
    detail: str
    recipients: tuple[str, ...]
    question: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The strictest answer, and every rule that was looked at on the way."""

    answer: Answer
    rules: tuple[Rule, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of the rules that hit with the decisive answer."""
        return tuple(dict.fromkeys(rule.reason for rule in self.decisive))

    @property
    def decisive(self) -> tuple[Rule, ...]:
        """The rules that hit with the decisive answer."""
        return tuple(rule for rule in self.rules if rule.hit and rule.answer is self.answer)

    @property
    def hits(self) -> tuple[RuleHit, ...]:
        """The rules that decided, in the form that is kept."""
        return tuple(
            RuleHit(
                rule.policy,
                rule.policy_name,
                rule.version,
                rule.name,
                rule.reason,
                rule.detail,
                rule.recipients[:MOST_NAMED],
                rule.question,
            )
            for rule in self.decisive
        )

    @property
    def detail(self) -> str:
        """One line for people: why the answer is what it is."""
        return "; ".join(dict.fromkeys(rule.detail for rule in self.decisive))


_STRICTNESS = {Answer.ALLOW: 0, Answer.HOLD: 1, Answer.BLOCK: 2}


def strictest(rules: tuple[Rule, ...]) -> Decision:
    """Put the rules together. No rule that hits means hold: nothing said that it may leave."""
    hits = [rule.answer for rule in rules if rule.hit]
    answer = max(hits, key=_STRICTNESS.__getitem__) if hits else Answer.HOLD
    return Decision(answer, rules)
