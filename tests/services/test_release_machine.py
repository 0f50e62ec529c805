"""Whatever happens, in whatever order, to what two mailboxes send.

What was not released is never carried, and what arrived is not carried again.
"""

import contextlib
import tempfile
from pathlib import Path
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.delivery import SETTLED, WAITING, Attempt, Delivery, DeliveryState
from loftbox_cli.core.domain import Review
from loftbox_cli.core.errors import AlreadyDecided, LeaseLost, NotFound, Paused
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.retry import MAIL_GIVE_UP_AFTER
from loftbox_cli.services import approvals, deliveries, domains, pauses
from loftbox_cli.services.gate import Passed
from tests.services.house import ANNA, BUSY, SILENCE, TAKEN, UNKNOWN, House, opened_house

REPORTS = (TAKEN, BUSY, UNKNOWN, SILENCE, Report(Stage.CONNECT, fault="refused"))
ANY = st.integers(0, 999)  # picks one of what there is, the newest first
T = TypeVar("T")


def pick(things: list[T], place: int) -> T:
    return things[-1 - place % len(things)]


class ReleaseMachine(RuleBasedStateMachine):
    """A gated and an autonomous mailbox. There are few rules, so that each run meets most of them."""

    house: House
    gated: Mailbox
    free: Mailbox

    def __init__(self) -> None:
        super().__init__()
        self._open = contextlib.ExitStack()
        self.held: list[Passed] = []
        self.carried: list[Delivery] = []
        self.settled: set[str] = set()

    @initialize()
    def begin(self) -> None:
        folder = self._open.enter_context(tempfile.TemporaryDirectory())
        self.house = self._open.enter_context(opened_house(Path(folder)))
        self.gated = self.house.mailbox("gated@example.com", oversight=Oversight.GATED_ALL)
        self.free = self.house.mailbox("free@example.com", oversight=Oversight.AUTONOMOUS)

    def teardown(self) -> None:
        self._open.close()

    @rule(freely=st.booleans(), recipients=st.integers(1, 2))
    def send(self, recipients: int, *, freely: bool) -> None:
        to = ("jane@peer.test", "joe@other.test")[:recipients]
        passed = self.house.send(self.free if freely else self.gated, *to)
        if passed.approval is not None:
            self.held.append(passed)

    @precondition(lambda self: self.held)
    @rule(place=ANY, yes=st.booleans())
    def decide(self, place: int, *, yes: bool) -> None:
        with contextlib.suppress(AlreadyDecided):
            (self.house.approve if yes else self.house.reject)(pick(self.held, place))

    @rule(minutes=st.sampled_from([5, 20, 24 * 60, 6 * 24 * 60]), awake=st.booleans())
    def time_passes(self, minutes: int, *, awake: bool) -> None:
        self.house.clock.advance(minutes=minutes)
        if awake:
            self.house.do(approvals.expire, now=self.house.now)
            looked_at = self.house.pass_time()
            self.settled |= {each.id for each in looked_at if each.state in SETTLED}
            self.house.do(deliveries.void_leases, now=self.house.now, lapsed_only=True)

    @rule(what=st.sampled_from([*PauseScope, *Review]))
    def the_operator_steps_in(self, what: PauseScope | Review) -> None:
        """Pause what is not paused, resume what is; or review the domain."""
        request_id, now = self.house.request(), self.house.now
        if isinstance(what, Review):
            self.house.do(domains.review, "example.com", what, request_id=request_id, now=now)
            return
        name = {
            PauseScope.GATEWAY: "gateway",
            PauseScope.DOMAIN: "example.com",
            PauseScope.AGENT: self.gated.agent_id or "",
            PauseScope.MAILBOX: self.gated.id,
            PauseScope.DESTINATION: "peer.test",
        }[what]
        try:
            self.house.do(pauses.resume, what, name, by=ANNA, request_id=request_id, now=now)
        except NotFound:
            self.house.do(pauses.pause, what, name, by=ANNA, why="", request_id=request_id, now=now)

    @rule()
    def claim(self) -> None:
        paused = {pause.target for pause in self.house.see(lambda tx: tx.pauses.all())}
        sends = self.house.see(domains.find, "example.com").may_send(self.house.now)
        before = self.house.see(lambda tx: tx.deliveries.all())
        claimed = self.house.claim(3)
        for delivery in before:
            # What may not go and has waited for five days is given up instead.
            if self.house.delivery(delivery).state is DeliveryState.FAILED and delivery.state in WAITING:
                assert not sends
                assert self.house.now - delivery.queued_at >= MAIL_GIVE_UP_AFTER
                self.settled.add(delivery.id)
        for delivery in claimed:
            assert self.house.message(delivery.message_id).state is MessageState.RELEASED
            assert delivery.id not in self.settled
            mailbox = self.gated if delivery.mailbox_id == self.gated.id else self.free
            assert not paused & {
                "gateway",
                delivery.domain_id,
                mailbox.id,
                mailbox.agent_id,
                delivery.destination,
            }
            assert sends
        self.carried += claimed

    @precondition(lambda self: self.carried)
    @rule(place=ANY, report=st.sampled_from(REPORTS), handed_over=st.booleans(), twice=st.booleans())
    def carry(self, place: int, report: Report, *, handed_over: bool, twice: bool) -> None:
        """Carry one; its owner may have lost the lease long ago, and may not have noticed its own report."""
        delivery = pick(self.carried, place)
        for _ in range(1 + twice):
            with contextlib.suppress(LeaseLost, Paused):
                if handed_over:
                    self.house.hand_over(delivery)
                ended = self.house.record(delivery, report)
                assert ended.id not in self.settled
                if ended.state in SETTLED:
                    self.settled.add(ended.id)

    @precondition(lambda self: self.carried)
    @rule(place=ANY, handed_over=st.booleans(), orderly=st.booleans())
    def the_daemon_stops_and_starts(self, place: int, *, handed_over: bool, orderly: bool) -> None:
        delivery = pick(self.carried, place)
        with contextlib.suppress(LeaseLost, Paused):
            if handed_over:
                self.house.hand_over(delivery)
            elif orderly:
                self.house.do(deliveries.put_back, delivery.id, delivery.fence, now=self.house.now)
        self.house.do(deliveries.void_leases, now=self.house.now)

    @invariant()
    def what_was_not_released_has_no_deliveries(self) -> None:
        for message in self.house.see(lambda tx: tx.messages.all()):
            states = self._deliveries(message.id)
            if message.state is not MessageState.RELEASED:
                assert states == []
            else:
                assert sorted(each.recipient for each in states) == sorted(message.rcpt_to)

    @invariant()
    def what_a_gated_mailbox_released_was_approved(self) -> None:
        released = self.house.see(
            lambda tx: tx.messages.all(mailbox_id=self.gated.id, state=MessageState.RELEASED)
        )
        for message in released:
            (approval,) = self._approvals(message.id)
            assert approval.state is ApprovalState.APPROVED
            assert approval.content_sha256 == message.content_sha256
            assert approval.decided_at is not None
            assert approval.decided_at < approval.expires_at

    @invariant()
    def each_delivery_is_whole(self) -> None:
        for delivery in self.house.see(lambda tx: tx.deliveries.all()):
            attempts = self._attempts(delivery.id)
            assert [each.number for each in attempts] == list(range(1, delivery.attempts + 1))
            running = [each for each in attempts if each.ended_at is None]
            assert len(running) == (delivery.state is DeliveryState.SENDING)
            assert (delivery.lease_until is not None) == (delivery.state is DeliveryState.SENDING)
            assert (delivery.next_at is None) == (delivery.state in SETTLED)
            if delivery.state is DeliveryState.SUPPRESSED:  # the peer said before that nobody is there
                assert delivery.recipient in self.gone()
            else:
                assert (delivery.id in self.settled) == (delivery.state in SETTLED)

    def gone(self) -> set[str]:
        """The recipients of whom the peer said so."""
        return {each.address for each in self.house.see(lambda tx: tx.suppressions.all())}

    def _deliveries(self, message_id: str) -> list[Delivery]:
        return self.house.see(lambda tx: tx.deliveries.all(message_id=message_id))

    def _approvals(self, message_id: str) -> list[Approval]:
        return self.house.see(lambda tx: tx.approvals.all(message_id=message_id))

    def _attempts(self, delivery_id: str) -> list[Attempt]:
        return self.house.see(lambda tx: tx.attempts.all(delivery_id=delivery_id))


ReleaseMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestRelease = ReleaseMachine.TestCase
