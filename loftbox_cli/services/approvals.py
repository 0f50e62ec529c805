"""What people answer to a hold: yes, no, or nothing in time.

Most questions are about a message that waits at the gate. One may also be about a
message that was released, and that a policy made later holds in the queue: then the
answer is about its deliveries that wait.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.approval import Approval, ApprovalState, ApprovalStep
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import WAITING, Step
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.policy.stepping import Trouble
from loftbox_cli.core.revision import Revision
from loftbox_cli.services import gate, participants
from loftbox_cli.services.identities import names_of
from loftbox_cli.services.settling import settle
from loftbox_cli.services.stepping import note_trouble
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval together with the message that it is about, and what was edited in it."""

    approval: Approval
    message: Message
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and what the gate then did: None after a no, or while others are asked."""

    approval: Approval
    message: Message
    passed: gate.Passed | None = None
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ending:
    """What the end of a question does to its message and to what waits in the queue, and how it is told."""

    state: MessageState
    step: Step
    approval: EventType
    message: EventType


_REJECTED = _Ending(
    MessageState.REJECTED, Step.CANCEL, EventType.APPROVAL_REJECTED, EventType.MESSAGE_CANCELED
)
_EXPIRED = _Ending(MessageState.EXPIRED, Step.EXPIRE, EventType.APPROVAL_EXPIRED, EventType.MESSAGE_EXPIRED)


def page(tx: Tx, page: Page, *, state: ApprovalState | None) -> PageOf[Asked]:
    """Approvals with their messages, newest first."""
    where = {} if state is None else {"state": state}
    found = tx.approvals.page(page, **where)
    return PageOf(tuple(_asked(tx, each) for each in found.items), found.cursor)


def show(tx: Tx, approval_id: str) -> Asked:
    """One approval with its message; raises NotFound."""
    return _asked(tx, tx.approvals.get(approval_id))


def _asked(tx: Tx, approval: Approval) -> Asked:
    return Asked(approval, tx.messages.get(approval.message_id), revisions(tx, approval))


def revisions(tx: Tx, approval: Approval) -> tuple[Revision, ...]:
    """The edits of its message, oldest first."""
    if approval.revision == 1:
        return ()
    found = tx.revisions.all(message_id=approval.message_id)
    return tuple(sorted(found, key=lambda each: each.number))


def approve(
    tx: Tx, approval_id: str, *, by: Actor, revision: int, why: str, request_id: RequestId, now: datetime
) -> Decided:
    """Answer a hold with yes, and release the message if the gate agrees.

    Approving twice is harmless. Raises AlreadyDecided after another answer, StaleRevision
    when the message was edited since `revision` was read, OwnSubmission for who submitted it.
    """
    approval = tx.approvals.get(approval_id)
    message = tx.messages.get(approval.message_id)
    edits = revisions(tx, approval)
    approved = approval.decide(
        ApprovalStep.APPROVE, by, revision=revision, why=why, now=now, also=names_of(tx, by)
    )
    if approved == approval:
        return Decided(approval, message, revisions=edits)
    tx.approvals.save(approved)
    if approved.state is ApprovalState.PENDING:
        _tell_of_agreement(tx, approved, message, by, why, request_id, now)
        return Decided(approved, message, revisions=edits)
    tell_of_message(tx, EventType.APPROVAL_APPROVED, message, now, approved.told, request_id=request_id)
    passed = gate.pass_through(tx, message, answered=approved, request_id=request_id, now=now)
    participants.take_part_in_ours(tx, passed.message)
    return Decided(approved, passed.message, passed, edits)


def _tell_of_agreement(
    tx: Tx, approval: Approval, message: Message, by: Actor, why: str, request_id: RequestId, now: datetime
) -> None:
    data: dict[str, JSON] = {
        "approval_id": approval.id,
        "revision": approval.revision,
        "by": by.id,
        "via": by.via.value,
        "why": why,
        "agreed": list(approval.agreed),
        "approvers": approval.approvers,
    }
    tell_of_message(tx, EventType.APPROVAL_AGREED, message, now, data, request_id=request_id)


def reject(
    tx: Tx, approval_id: str, *, by: Actor, revision: int, why: str, request_id: RequestId, now: datetime
) -> Decided:
    """Answer a hold with no: the message will never leave. Raises as `approve` does."""
    approval = tx.approvals.get(approval_id)
    message = tx.messages.get(approval.message_id)
    rejected = approval.decide(
        ApprovalStep.REJECT, by, revision=revision, why=why, now=now, also=names_of(tx, by)
    )
    if rejected == approval:
        return Decided(approval, message, revisions=revisions(tx, approval))
    note_trouble(tx, message, Trouble.REJECTION, request_id=request_id, now=now)
    return _close(tx, rejected, message, _REJECTED, request_id, now)


def expire(tx: Tx, *, now: datetime) -> list[Decided]:
    """Let the approvals run out whose time is over; answers those that did."""
    closed = []
    for approval in tx.due.approvals(now, MOST_AT_ONCE):
        message = tx.messages.get(approval.message_id)
        decided = _close(tx, approval.expire(now), message, _EXPIRED, message.request_id, now)
        if message.state is MessageState.HELD:
            tell_of_message(tx, EventType.MESSAGE_EXPIRED, decided.message, now, {"approval_id": approval.id})
        closed.append(decided)
    return closed


def _close(
    tx: Tx, approval: Approval, message: Message, ending: _Ending, request_id: RequestId, now: datetime
) -> Decided:
    """End a question without a yes: what waits will not leave. What a peer has already stays there."""
    tx.approvals.save(approval)
    closed = message
    if message.state is MessageState.HELD:
        closed = replace(message, state=ending.state)
        tx.messages.save(closed)
    tell_of_message(tx, ending.approval, closed, now, approval.told, request_id=request_id)
    for delivery in tx.deliveries.all(message_id=message.id):
        if delivery.state in WAITING:
            data: dict[str, JSON] = {
                "recipient": delivery.recipient,
                "by": approval.decided_by,
                "approval_id": approval.id,
            }
            settle(tx, delivery, ending.step, ending.message, data, now, request_id=request_id)
    participants.settle_turn(tx, closed.thread_id)
    return Decided(approval, closed, revisions=revisions(tx, approval))
