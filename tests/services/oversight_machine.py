"""Whatever people, agents, clocks, peers and crashes do, in any order, and what then leaves.

The machine does everything to a real store and to the model beside it, and carries mail as
the daemon does: claim, load, stamp, hand over. What was handed over is on the wire.
"""

import contextlib
import itertools
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.strategies import SearchStrategy

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.compose import stamp
from loftbox_cli.core.decision import RuleHit
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.domain import Review
from loftbox_cli.core.errors import AlreadyDecided, Conflict, LeaseLost, OwnSubmission, Paused, StaleRevision
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import ALPHABET, LENGTH, spell
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.core.reading import Party
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.revision import Changes
from loftbox_cli.core.suppression import RECIPIENT_LASTS
from loftbox_cli.core.timing import AT_ONCE, Timing
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services import (
    approvals,
    deliveries,
    domains,
    pauses,
    policies,
    revising,
    schedule,
    submit,
    suppressions,
    threads,
)
from loftbox_cli.services.tx import EVERYTHING, Tx
from tests.services.house import ANNA, BUSY, SILENCE, TAG_SECRET, TAKEN, UNKNOWN, House, letter, opened_house
from tests.services.oversight_model import AGENT_OF, GATEWAY, Answer, Domain, Mail, Model, Question, Text

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)
CARL = Actor(Kind.PERSON, "os:carl", "Carl", Via.CLI)
PEOPLE = (ANNA, BEN, CARL)
RECIPIENTS = ("jane@p.test", "joe@p.test", "kim@q.test")
STEPPING_IN = (
    *(f"pause {place}" for place in (GATEWAY, "example.com", "first", *AGENT_OF, "p.test")),
    *(f"suppress {recipient}" for recipient in RECIPIENTS[:2]),
    *(f"look example.com {seen}" for seen in ("good", "drifted", "lost")),
    *("look example.net lost", "review suspended", "review approved", *["thread"] * 8),
)
OVERSIGHTS = (*Oversight, Oversight.AUTONOMOUS, Oversight.MONITORED, Oversight.GATED_ALL, Oversight.GATED_ALL)
REPORTS = (TAKEN, TAKEN, BUSY, UNKNOWN, SILENCE, Report(Stage.CONNECT, fault="refused"))
STAMPED = {b"date", b"auto-submitted", b"x-auto-response-suppress"}
STRICTER = ("autonomous", "monitored", "sampled", "gated_send", "gated_all", "read_only")
FOR_EVER = datetime.max.replace(tzinfo=UTC)
ANY = st.integers(0, 99)  # picks one of what there is, the newest first
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
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., None])


def pick(things: Sequence[T], place: int) -> T:
    return things[-1 - place % len(things)]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that may happen, with its arguments; `needs` names what there has to be for it."""

    name: str
    arguments: SearchStrategy[dict[str, Any]] = field(repr=False)
    needs: str = field(repr=False)


DEEDS: list[Deed] = []


def deed(weight: int, *, needs: str = "", **arguments: SearchStrategy[Any]) -> Callable[[F], F]:
    """Let it happen so often in comparison with the others.

    One rule draws among all deeds: as rules of their own, most of them would be left out of most stories.
    """

    def listed(does: F) -> F:
        DEEDS.extend([Deed(does.__name__, st.fixed_dictionaries(arguments), needs)] * weight)
        return does

    return listed


def drawn(place: int) -> SearchStrategy[tuple[Deed, dict[str, Any]]]:
    return st.tuples(st.just(DEEDS[place]), DEEDS[place].arguments)


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


class OversightMachine(RuleBasedStateMachine):
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
        self.bind_or_unbind("p", GATEWAY)

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

    # What agents do.

    @deed(
        4,
        address=st.sampled_from(sorted(AGENT_OF)),
        to=st.lists(st.sampled_from(RECIPIENTS), min_size=1, max_size=2, unique=True),
        by=st.sampled_from([None, None, ANNA]),
        waits=st.sampled_from([0, 0, 0, 10, 600]),
        lasts=st.sampled_from([0, 0, 90]),
    )
    def send(self, address: str, to: list[str], by: Actor | None, waits: int, lasts: int) -> None:
        now = self.house.now
        timing = Timing(
            now + timedelta(minutes=waits) if waits else None,
            now + timedelta(minutes=waits + lasts) if lasts else None,
        )
        self._sent(address, tuple(to), by, timing=timing)

    @deed(2, address=st.sampled_from(sorted(AGENT_OF)), robot=st.booleans())
    def answer_a_mail(self, address: str, *, robot: bool) -> None:
        headers = (("Auto-Submitted", "auto-replied"),) if robot else ()
        reading = letter("jane@p.test", headers=headers)
        (received,) = self.house.receive(address, reading=reading, mail_from="jane@p.test")
        self.model.acquainted.add((address, "jane@p.test"))
        self._sent(address, ("jane@p.test",), None, answers=received, robot=robot)

    def _sent(
        self,
        address: str,
        to: tuple[str, ...],
        by: Actor | None,
        *,
        answers: Message | None = None,
        robot: bool = False,
        timing: Timing = AT_ONCE,
    ) -> None:
        mailbox = self.mailboxes[address]
        answered = answers.id if answers else ""
        prepared = self.house.prepare(mailbox, *to, in_reply_to=answered, timing=timing)
        by = by or self.house.sender(mailbox)
        passed = self.house.do(submit.send, prepared, **self.house.by(by))
        mail = Mail(
            mailbox=address,
            recipients=to,
            submitter=by.id,
            octets=prepared.raw,
            thread=passed.message.thread_id,
            to_robot=robot,
            not_before=timing.scheduled_at,
        )
        self.mails[passed.message.id] = mail
        self._passed(passed.message)

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

    # What people answer.

    @deed(4, needs="asked", place=ANY, by=st.sampled_from(PEOPLE), behind=st.sampled_from([0, 0, 0, 1]))
    def approve(self, place: int, by: Actor, behind: int) -> None:
        approval, mail = self._asked(place)
        decided = self._decided(approvals.approve, approval, mail, by, approval.revision - behind)
        if decided is None or approval.state is not ApprovalState.PENDING:
            return
        asking = self.asked[approval.id]
        asking.agreed.add(by.id)
        enough = len(asking.agreed) >= asking.persons
        assert (decided.approval.state is ApprovalState.APPROVED) == enough
        if decided.passed is not None:
            mail.answered |= asking.questions
            mail.agreed_to = True
            self._passed(decided.passed.message)

    @deed(1, needs="asked", place=ANY, by=st.sampled_from(PEOPLE))
    def reject(self, place: int, by: Actor) -> None:
        approval, mail = self._asked(place)
        decided = self._decided(approvals.reject, approval, mail, by, approval.revision)
        if decided is not None and approval.state is ApprovalState.PENDING:
            mail.ended = "rejected"
            self._step_down(mail.mailbox)

    @deed(
        2,
        needs="asked",
        place=ANY,
        by=st.sampled_from(PEOPLE),
        behind=st.sampled_from([0, 0, 0, 1]),
        to=st.sampled_from(RECIPIENTS),
        approving=st.booleans(),
    )
    def edit(self, place: int, by: Actor, behind: int, to: str, *, approving: bool) -> None:
        """Send it to somebody else with other words: whoever agreed to the former bytes is asked again."""
        approval, mail = self._asked(place)
        on = self.house.see(revising.grounds, approval.id, revision=approval.revision)
        changes = Changes(to=(Party(to),), text=f"It is on its way, revision {on.message.revision}.")
        edited = revising.prepare(on, changes, file_of=attached, tag_secret=TAG_SECRET)

        def verb(tx: Tx, approval_id: str, **given: Any) -> approvals.Decided:
            return revising.edit(tx, approval_id, edited, approve=approving, **given)

        try:
            decided = self._decided(verb, approval, mail, by, approval.revision - behind)
        except Conflict:
            assert on.message.state is not MessageState.HELD
            return
        if decided is None:
            return
        assert approval.state is ApprovalState.PENDING
        mail.octets, mail.recipients, mail.revision = edited.raw, (to,), mail.revision + 1
        mail.answered, mail.agreed_to = set(), False
        self.asked[approval.id] = asking = Asking(asked_by(self._approval(approval.id)))
        assert self.model.open_questions(mail) <= asking.questions
        if approving:
            asking.agreed.add(by.id)
            if decided.passed is not None:
                assert len(asking.agreed) >= asking.persons
                mail.answered |= asking.questions
                mail.agreed_to = True
                self._passed(decided.passed.message)

    @deed(1, needs="mails", place=ANY)
    def call_back(self, place: int) -> None:
        """What is on its way is told to be gone; of the rest nothing leaves any more."""
        message_id = pick(list(self.mails), place)
        mail = self.mails[message_id]
        by = self.house.sender(self.mailboxes[mail.mailbox])
        try:
            called = self.house.do(schedule.cancel, message_id, EVERYTHING, **self.house.by(by))
        except Conflict:
            assert mail.ended or mail.released
            return
        if mail.released:
            mail.called_back |= set(called.canceled)
        else:
            mail.ended = "canceled"

    def _asked(self, place: int) -> tuple[Approval, Mail]:
        approval = self._approval(pick(list(self.asked), place))
        return approval, self.mails[approval.message_id]

    def _approval(self, approval_id: str) -> Approval:
        return self.house.see(lambda tx: tx.approvals.get(approval_id))

    def _decided(
        self,
        verb: Callable[..., approvals.Decided],
        approval: Approval,
        mail: Mail,
        by: Actor,
        revision: int,
    ) -> approvals.Decided | None:
        """Try to decide; None where that is refused, which it is in the right cases alone."""
        try:
            decided = self.house.do(verb, approval.id, revision=revision, why="", **self.house.by(by))
        except OwnSubmission:
            assert by.id == mail.submitter
        except StaleRevision:
            assert revision != approval.revision
        except AlreadyDecided:
            over = self.house.now >= approval.expires_at
            assert approval.state is not ApprovalState.PENDING or over
        else:
            assert by.id != mail.submitter
            assert revision == approval.revision
            assert approval.state is not ApprovalState.PENDING or self.house.now < approval.expires_at
            return decided
        assert self._approval(approval.id) == approval
        return None

    # What the operator does.

    @deed(2, name=st.sampled_from(["p", "q"]), text=st.sampled_from(Text))
    def write_another_version(self, name: str, text: Text) -> None:
        source = POLICY.format(name=name, text=text.value)
        self.house.do(policies.change, name, source, why="", **self.house.by())
        self.model.texts[name] = text

    @deed(
        2,
        name=st.sampled_from(["p", "q"]),
        place=st.sampled_from([GATEWAY, "example.com", "first", *AGENT_OF]),
    )
    def bind_or_unbind(self, name: str, place: str) -> None:
        scope = self._scope(place)
        target = "" if place == GATEWAY else place
        kind = BindingScope.ALL if place == GATEWAY else BindingScope(scope.value)
        verb = policies.unbind if (name, place) in self.model.bound else policies.bind
        self.house.do(verb, name, kind, target, **self.house.by())
        self.model.bound ^= {(name, place)}

    @deed(2, address=st.sampled_from(sorted(AGENT_OF)), oversight=st.sampled_from(OVERSIGHTS))
    def oversee(self, address: str, oversight: Oversight) -> None:
        self.house.oversee(self.mailboxes[address], oversight)
        self.model.oversight[address] = oversight.value

    @deed(3, deed=st.sampled_from(STEPPING_IN), place=ANY)
    def step_in(self, deed: str, place: int) -> None:
        """Stop something that goes, or let something go that is stopped."""
        match deed.split(" "):
            case ["pause", where]:
                self._pause_or_resume(where)
            case ["suppress", recipient]:
                self._suppress_or_release(recipient)
            case ["look", name, seen]:
                self._look_at(name, owned=seen != "lost", outbound=seen == "good")
            case ["review", verdict]:
                self._review(Review(verdict))
            case ["thread"] if self.mails:
                self._pause_or_resume_thread(pick(list(self.mails.values()), place).thread)

    @deed(1)
    def all_is_well_again(self) -> None:
        for place in sorted(self.model.paused):
            self._pause_or_resume(place)
        for thread in sorted(self.model.paused_threads):
            self._pause_or_resume_thread(thread)
        for name, recipient in sorted(self.model.suppressed):
            if name == "example.com":
                self._suppress_or_release(recipient)
        for name in sorted(self.model.domains):
            self._look_at(name, owned=True, outbound=True)
        self._review(Review.APPROVED)

    def _pause_or_resume(self, place: str) -> None:
        scope = self._scope(place)
        if place in self.model.paused:
            self.house.do(pauses.resume, scope, place, **self.house.by())
        else:
            self.house.do(pauses.pause, scope, place, why="", **self.house.by())
        self.model.paused ^= {place}

    def _scope(self, place: str) -> PauseScope:
        if "@" in place:
            return PauseScope.MAILBOX
        if place in AGENT_OF.values():
            return PauseScope.AGENT
        if place in self.model.domains:
            return PauseScope.DOMAIN
        return PauseScope.GATEWAY if place == GATEWAY else PauseScope.DESTINATION

    def _pause_or_resume_thread(self, thread: str) -> None:
        if thread in self.model.paused_threads:
            self.house.do(threads.resume, thread, EVERYTHING, **self.house.by())
        else:
            self.house.do(threads.pause, thread, EVERYTHING, why="", **self.house.by())
        self.model.paused_threads ^= {thread}

    def _look_at(self, name: str, *, owned: bool, outbound: bool) -> None:
        self.house.look(self.house.see(domains.find, name), owned=owned, outbound=outbound)
        self.model.domains[name].looked(owned=owned, outbound=outbound, now=self.house.now)

    def _review(self, verdict: Review) -> None:
        request_id = self.house.request()
        self.house.do(domains.review, "example.com", verdict, request_id=request_id, now=self.house.now)
        self.model.domains["example.com"].approved = verdict is Review.APPROVED

    def _suppress_or_release(self, recipient: str) -> None:
        key = ("example.com", recipient)
        if key in self.model.suppressed:
            domain = self.house.see(domains.find, "example.com")
            found = self.house.see(lambda tx: tx.suppressions.find(address=recipient, domain_id=domain.id))
            assert found is not None
            self.house.do(suppressions.release, found.id, by=ANNA, now=self.house.now)
            del self.model.suppressed[key]
            return
        self.house.do(
            suppressions.add,
            domain="example.com",
            address=recipient,
            why="",
            expires_at=None,
            by=ANNA,
            now=self.house.now,
        )
        self.model.suppressed[key] = FOR_EVER

    # What time, peers and crashes do.

    @deed(
        2,
        minutes=st.sampled_from([-60 * 24 * 3, -90, 1, 20, 20, 300, 60 * 25, 60 * 24 * 6]),
        awake=st.booleans(),
    )
    def the_clock_goes(self, minutes: int, *, awake: bool) -> None:
        """On, back or far ahead, and the daemon may notice or not."""
        self.house.clock.advance(minutes=minutes)
        if awake:
            for decided in self.house.do(approvals.expire, now=self.house.now):
                self.mails[decided.message.id].ended = "expired"
            for message in self.house.do(schedule.let_go, now=self.house.now):
                if message.state is MessageState.EXPIRED:
                    self.mails[message.id].ended = "expired"
                else:
                    self._passed(message)
            self.house.pass_time()
            self.house.do(deliveries.void_leases, now=self.house.now, lapsed_only=True)

    @deed(8, limit=st.integers(1, 4), at_once=st.integers(0, 4), report=st.sampled_from(REPORTS))
    def claim(self, limit: int, at_once: int, report: Report) -> None:
        """Claim some, and carry so many of them before anything else happens."""
        for delivery in self.house.claim(limit):
            mail = self.mails[delivery.message_id]
            assert self.model.may_be_claimed(mail, delivery.recipient, self.house.now)
            load = self.house.see(deliveries.load, delivery)
            date = load.message.released_at or self.house.now
            octets = stamp(load.raw, date=date, auto_submitted=load.message.auto_submitted)
            self.on_the_way.append(Carriage(delivery, octets))
        for _ in self.on_the_way[:at_once]:
            self._carry(0, report, refused_before=False)

    @deed(3, needs="on_the_way", place=ANY, report=st.sampled_from(REPORTS), refused_before=st.booleans())
    def carry(self, place: int, report: Report, *, refused_before: bool) -> None:
        """The peer takes the envelope or not, then the bytes, and the attempt is written down.

        Its owner may have lost the lease without noticing.
        """
        self._carry(place, report, refused_before=refused_before)

    @deed(2, needs="on_the_way", place=ANY)
    def stop_everything_for_a_moment(self, place: int) -> None:
        """What was claimed before the pause is not handed over."""
        if GATEWAY in self.model.paused:
            return
        self._pause_or_resume(GATEWAY)
        before = len(self.wire)
        self._carry(place, TAKEN, refused_before=False)
        assert len(self.wire) == before
        self._pause_or_resume(GATEWAY)

    def _carry(self, place: int, report: Report, *, refused_before: bool) -> None:
        carriage = pick(self.on_the_way, place)
        delivery = carriage.delivery
        mail = self.mails[delivery.message_id]
        self.on_the_way.remove(carriage)
        try:
            if not refused_before:
                self._hand_over(carriage)
            self.house.record(delivery, report)
        except LeaseLost:
            return
        except Paused:
            assert not self.model.may_be_handed_over(mail, delivery.recipient)
            self.house.do(deliveries.put_back, delivery.id, delivery.fence, now=self.house.now)
            return
        if report is UNKNOWN:
            key = (mail.domain, delivery.recipient)
            if self.house.now >= self.model.suppressed.get(key, self.house.now):
                self.model.suppressed[key] = self.house.now + RECIPIENT_LASTS
            self._step_down(mail.mailbox)

    def _hand_over(self, carriage: Carriage) -> None:
        """From here on the peer may have the bytes: they are on the wire."""
        delivery = carriage.delivery
        self.house.hand_over(delivery)
        mail = self.mails[delivery.message_id]
        assert self.model.may_be_handed_over(mail, delivery.recipient)
        assert self.house.message(delivery.message_id).state is MessageState.RELEASED
        assert delivery.recipient in mail.recipients
        assert carriage.octets.endswith(mail.octets)
        stamped = carriage.octets.removesuffix(mail.octets)
        assert {line.partition(b":")[0].lower() for line in stamped.splitlines()} <= STAMPED
        assert (b"auto-submitted:" in stamped.lower()) != mail.by_person
        self.wire.append(delivery.message_id)

    @deed(1)
    def restart(self) -> None:
        """It is killed and started again: what it had in memory is gone, and nothing else."""
        mint = minting_after(self.house.mint("last"))
        self.house.store.close()
        self.house.store = SqliteStore(self.house.path, mint=mint, alone=True)
        self._open.callback(self.house.store.close)
        self.on_the_way.clear()
        self.house.do(deliveries.void_leases, now=self.house.now)

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


def minting_after(last: str) -> Callable[[str], str]:
    """Ids that follow upon another one."""
    number = sum(ALPHABET.index(each) << 5 * place for place, each in enumerate(reversed(last[-LENGTH:])))
    numbers = itertools.count(number + 1)
    return lambda prefix: spell(prefix, 0, next(numbers))
