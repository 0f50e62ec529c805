"""What agents send and call back, and what people answer, to the store and to the model."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.errors import AlreadyDecided, Conflict, OwnSubmission, StaleRevision
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.reading import Party
from loftbox_cli.core.revision import Changes
from loftbox_cli.core.timing import AT_ONCE, Timing
from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.services import (
    approvals,
    revising,
    schedule,
    submit,
)
from loftbox_cli.services.tx import EVERYTHING, Tx
from tests.services.house import ANNA, TAG_SECRET, letter
from tests.services.oversight_deeds import ANY, deed, pick
from tests.services.oversight_model import AGENT_OF, Mail
from tests.services.oversight_stage import RECIPIENTS, Asking, Stage, asked_by

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)
CARL = Actor(Kind.PERSON, "os:carl", "Carl", Via.CLI)
PEOPLE = (ANNA, BEN, CARL)


class PeopleMachine(Stage):
    """Two agents, and three people who decide."""

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
