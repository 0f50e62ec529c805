"""The store and the model side by side, and what holds of both at every moment."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.decision import RuleHit
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.services import (
    policies,
)
from tests.services.house import House, opened_house
from tests.services.oversight_deeds import DEEDS, Deed, drawn
from tests.services.oversight_model import AGENT_OF, GATEWAY, Answer, Domain, Mail, Model, Question, Text

RECIPIENTS = ("jane@p.test", "joe@p.test", "kim@q.test")
STRICTER = ("autonomous", "monitored", "sampled", "gated_send", "gated_all", "read_only")
POLICY = """\
name = "{name}"
[[rule]]
name = "concerned"
{text}
when.recipient.domain = "{name}.test"
[[rule]]
name = "rest"
decision = "allow"
"""


@dataclass(frozen=True, slots=True)
class Carriage:
    """A copy on its way, as the daemon has it in memory."""

    delivery: Delivery
    octets: bytes


@dataclass(frozen=True, slots=True)
class Asking:
    """What one approval asks, and who agreed so far."""

    questions: frozenset[Question]
    agreed: set[str] = field(default_factory=set)

    @property
    def persons(self) -> int:
        return max((each.persons for each in self.questions), default=1)


class Stage(RuleBasedStateMachine):
    """Three mailboxes of two agents on two domains, two policies, three people."""

    house: House
    model: Model
    mailboxes: dict[str, Mailbox]

    def __init__(self) -> None:
        super().__init__()
        self._open = contextlib.ExitStack()
        self.mails: dict[str, Mail] = {}
        self.asked: dict[str, Asking] = {}
        self.on_the_way: list[Carriage] = []
        self.wire: list[str] = []

    @initialize()
    def begin(self) -> None:
        folder = self._open.enter_context(tempfile.TemporaryDirectory())
        self.house = self._open.enter_context(opened_house(Path(folder)))
        agents = {name: self.house.agent(name) for name in set(AGENT_OF.values())}
        self.mailboxes = {
            address: self.house.mailbox(address, agents[agent]) for address, agent in AGENT_OF.items()
        }
        self.model = Model(
            oversight=dict.fromkeys(AGENT_OF, "autonomous"),
            domains={"example.com": Domain(), "example.net": Domain()},
            texts={"p": Text.ALLOWS, "q": Text.ALLOWS},
        )
        for name, text in self.model.texts.items():
            source = POLICY.format(name=name, text=text.value)
            self.house.do(policies.add, source, why="", **self.house.by())
        self.house.do(policies.bind, "p", BindingScope.ALL, "", **self.house.by())
        self.model.bound.add(("p", GATEWAY))

    def teardown(self) -> None:
        try:
            if self.mails:
                self.every_release_has_its_reasons()
        finally:
            self._open.close()

    @rule(given=st.deferred(lambda: st.integers(0, len(DEEDS) - 1).flatmap(drawn)))
    def something_happens(self, given: tuple[Deed, dict[str, Any]]) -> None:
        what, arguments = given
        if not what.needs or getattr(self, what.needs):
            getattr(self, what.name)(**arguments)

    def _passed(self, message: Message) -> None:
        """Hold what the gate answered to what the model wants."""
        mail = self.mails[message.id]
        wanted = self.model.answer(mail, self.house.now)
        if mail.released:
            assert message.state is MessageState.RELEASED  # only what is left of it waited for an answer
        elif message.state is MessageState.RELEASED:
            assert wanted in (Answer.LEAVES, Answer.EITHER)
            assert mail.not_before is None or mail.not_before <= self.house.now
            self.model.acquainted |= {(mail.mailbox, each) for each in mail.recipients}
            mail.released, mail.by_person = True, mail.agreed_to
        elif message.state is MessageState.SCHEDULED:
            assert wanted in (Answer.LEAVES, Answer.EITHER)
            assert mail.not_before is not None
            assert mail.not_before > self.house.now
        elif message.state is MessageState.HELD:
            assert wanted in (Answer.WAITS, Answer.EITHER)
        else:
            assert (message.state, wanted) == (MessageState.BLOCKED, Answer.STAYS)
            mail.ended = "blocked"

    def _approval(self, approval_id: str) -> Approval:
        return self.house.see(lambda tx: tx.approvals.get(approval_id))

    def _step_down(self, address: str) -> None:
        """Trouble may bring a mailbox under closer oversight, and never the other way."""
        before = self.model.oversight[address]
        after = self.house.see(lambda tx: tx.mailboxes.get(self.mailboxes[address].id)).oversight.value
        assert STRICTER.index(after) - STRICTER.index(before) in (0, 1)
        self.model.oversight[address] = after

    # What holds at every moment.

    @invariant()
    def every_question_is_asked_whole(self) -> None:
        """Whoever says yes says it to everything that holds a message at the moment in which it is asked."""
        for approval in self._all_approvals():
            if approval.id not in self.asked and approval.state is ApprovalState.PENDING:
                asking = Asking(asked_by(approval))
                self.asked[approval.id] = asking
                mail = self.mails[approval.message_id]
                assert self.model.open_questions(mail) <= asking.questions

    def _all_approvals(self) -> list[Approval]:
        return self.house.see(lambda tx: tx.approvals.all()) if self.mails else []

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        if not self.mails:
            return
        messages = self.house.see(lambda tx: tx.messages.all(direction=Direction.OUTBOUND))
        assert {each.id for each in messages} == self.mails.keys()
        for message in messages:
            if self.mails[message.id].ended:
                assert message.state in (
                    MessageState(self.mails[message.id].ended),
                    MessageState.RELEASED,  # and a question about what is left of it was turned down
                )

    def every_release_has_its_reasons(self) -> None:
        """Each that left has its decision; each that was held, the yes of others to these bytes."""
        for message in self.house.see(lambda tx: tx.messages.all(state=MessageState.RELEASED)):
            mail = self.mails[message.id]
            events = self.house.see(lambda tx: tx.journal.after(0, 10_000, message_id=message.id))  # noqa: B023  called at once
            told = [each for each in events if each.type is EventType.POLICY_EVALUATED]
            assert "allow" in [each.data["decision"] for each in told]
            for approval in self.house.see(lambda tx: tx.approvals.all(message_id=message.id)):  # noqa: B023  called at once
                if approval.state is ApprovalState.APPROVED:
                    assert approval.content_sha256 == message.content_sha256
                    assert approval.revision == message.revision
                    people = {*approval.agreed, approval.decided_by}
                    assert mail.submitter not in people
                    assert len(people) >= approval.approvers
                    assert approval.decided_at is not None
                    assert approval.decided_at < approval.expires_at
            if any(each.data["decision"] == "hold" for each in told):
                states = self.house.see(lambda tx: tx.approvals.all(message_id=message.id))  # noqa: B023  called at once
                assert ApprovalState.APPROVED in [each.state for each in states]


def asked_by(approval: Approval) -> frozenset[Question]:
    """What an approval asks, as the model has it."""
    return frozenset(map(_question, approval.rules))


def _question(hit: RuleHit) -> Question:
    if "/" not in hit.question:
        return Question(hit.question)
    return Question(hit.policy_name or hit.name, int(hit.question.rpartition("/")[2]))
