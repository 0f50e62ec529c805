"""Whatever is sent, answered, bound and changed, in any order: nothing leaves that may not at that moment."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.errors import AlreadyDecided, NotFound
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.services import policies
from loftbox_cli.services.gate import Passed
from tests.services.house import ANNA, BUSY, TAKEN, House, opened_house

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)
STRANGER = "joe@other.test"
REST = '[[rule]]\nname = "rest"\ndecision = "allow"\n'
OTHER = 'when.recipient.domain = "other.test"\n'
TEXTS = {
    "allows": 'name = "p"\n' + REST,
    "holds": 'name = "p"\n[[rule]]\nname = "other"\ndecision = "hold"\n' + OTHER + REST,
    "asks two": 'name = "p"\n[[rule]]\nname = "other"\ndecision = "hold"\napprovers = 2\n' + OTHER + REST,
    "blocks": 'name = "p"\n[[rule]]\nname = "other"\ndecision = "block"\n' + OTHER + REST,
}
OVERSIGHT = (Oversight.READ_ONLY, Oversight.GATED_ALL, Oversight.AUTONOMOUS)


class PolicyMachine(RuleBasedStateMachine):
    """One mailbox, one policy that changes, two people, and rules so plain that a test can say them again."""

    house: House
    mailbox: Mailbox

    def __init__(self) -> None:
        super().__init__()
        self._open = contextlib.ExitStack()
        self.passed: list[Passed] = []
        self.text = "allows"
        self.bound = False
        self.oversight = Oversight.AUTONOMOUS

    @initialize()
    def begin(self) -> None:
        folder = self._open.enter_context(tempfile.TemporaryDirectory())
        self.house = self._open.enter_context(opened_house(Path(folder)))
        self.mailbox = self.house.mailbox()
        self.house.do(policies.add, TEXTS["allows"], why="", **self.house.by())

    def teardown(self) -> None:
        self._open.close()

    @rule(stranger=st.booleans())
    def send(self, *, stranger: bool) -> None:
        passed = self.house.send(self.mailbox, STRANGER if stranger else "jane@peer.test")
        if passed.approval is not None:
            self.passed.append(passed)
        if passed.message.state is MessageState.RELEASED:
            self.may_leave(passed.message)

    @precondition(lambda self: self.passed)
    @rule(place=st.integers(0, 99), by=st.sampled_from([ANNA, BEN]), yes=st.sampled_from([True, True, False]))
    def decide(self, place: int, by: Actor, *, yes: bool) -> None:
        held = self.passed[place % len(self.passed)]
        with contextlib.suppress(AlreadyDecided):
            if not yes:
                self.house.reject(held, by)
                self.oversight = self.house.see(lambda tx: tx.mailboxes.get(self.mailbox.id)).oversight
                return
            decided = self.house.approve(held, by)
            if decided.passed is not None and decided.passed.approval is not None:
                self.passed.append(decided.passed)

    @rule(text=st.sampled_from(sorted(TEXTS)))
    def write_another_version(self, text: str) -> None:
        self.house.do(policies.change, "p", TEXTS[text], why="", **self.house.by())
        self.text = text

    @rule()
    def bind_or_unbind(self) -> None:
        where = ("p", BindingScope.MAILBOX, self.mailbox.id)
        try:
            self.house.do(policies.unbind, *where, **self.house.by())
            self.bound = False
        except NotFound:
            self.house.do(policies.bind, *where, **self.house.by())
            self.bound = True

    @rule(oversight=st.sampled_from(OVERSIGHT))
    def oversee(self, oversight: Oversight) -> None:
        self.house.oversee(self.mailbox, oversight)
        self.oversight = oversight

    @rule(minutes=st.sampled_from([1, 20, 60]))
    def time_passes(self, minutes: int) -> None:
        self.house.clock.advance(minutes=minutes)

    @rule(report=st.sampled_from([TAKEN, BUSY]))
    def carry(self, report: object) -> None:
        for delivery in self.house.claim(3):
            self.may_leave(self.house.message(delivery.message_id))
            self.house.record(delivery, TAKEN if report is TAKEN else BUSY)

    def may_leave(self, message: Message) -> None:
        """Say again, in other words, what is in force now."""
        assert message.state is MessageState.RELEASED
        assert self.oversight is not Oversight.READ_ONLY
        said = self.said(message)
        assert self.oversight in (Oversight.AUTONOMOUS, Oversight.MONITORED) or "oversight" in said
        if self.bound and message.rcpt_to == (STRANGER,):
            assert self.text == "allows" or (self.text != "blocks" and "p" in said)

    def said(self, message: Message) -> set[str]:
        """What persons were asked about these bytes and answered with yes: oversight, or a policy."""
        answered = self.house.see(lambda tx: tx.approvals.all(message_id=message.id))
        return {
            hit.policy_name if hit.policy_name == "p" else "oversight"
            for approval in answered
            if approval.state is ApprovalState.APPROVED and approval.content_sha256 == message.content_sha256
            for hit in approval.rules
        }


PolicyMachine.TestCase.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_nothing_leaves_that_may_not_at_that_moment = PolicyMachine.TestCase
