"""What people answer to a hold."""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import DAEMON, Actor
from loftbox_cli.core.approval import Approval, ApprovalState, ApprovalStep
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.policy.stepping import Trouble
from loftbox_cli.services import gate, participants
from loftbox_cli.services.stepping import note_trouble
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """An approval together with the message that it is about."""

    approval: Approval
    message: Message


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision, and what the gate then did with the message (None after a no)."""

    approval: Approval
    message: Message
    passed: gate.Passed | None = None


def page(tx: Tx, page: Page, *, state: ApprovalState | None) -> PageOf[Asked]:
    """Approvals with their messages, newest first."""
    where = {} if state is None else {"state": state}
    found = tx.approvals.page(page, **where)
    return PageOf(tuple(Asked(each, tx.messages.get(each.message_id)) for each in found.items), found.cursor)


def show(tx: Tx, approval_id: str) -> Asked:
    """One approval with its message; raises NotFound."""
    approval = tx.approvals.get(approval_id)
    return Asked(approval, tx.messages.get(approval.message_id))


def approve(
    tx: Tx, approval_id: str, *, by: Actor, revision: int, why: str, request_id: RequestId, now: datetime
) -> Decided:
    """Answer a hold with yes, and release the message if the gate agrees.

    Approving twice is harmless. Raises AlreadyDecided after another answer, StaleRevision
    when the message was edited since `revision` was read, OwnSubmission for who submitted it.
    """
    approval = tx.approvals.get(approval_id)
    message = tx.messages.get(approval.message_id)
    approved = approval.decide(ApprovalStep.APPROVE, by, revision=revision, why=why, now=now)
    if approved == approval:
        return Decided(approval, message)
    tx.approvals.save(approved)
    if approved.state is ApprovalState.PENDING:
        return Decided(approved, message)
    _tell(tx, EventType.APPROVAL_APPROVED, approved, message, request_id, now)
    passed = gate.pass_through(tx, message, answered=approved, request_id=request_id, now=now)
    participants.take_part_in_ours(tx, passed.message)
    return Decided(approved, passed.message, passed)


def reject(
    tx: Tx, approval_id: str, *, by: Actor, revision: int, why: str, request_id: RequestId, now: datetime
) -> Decided:
    """Answer a hold with no: the message will never leave. Raises as `approve` does."""
    approval = tx.approvals.get(approval_id)
    message = tx.messages.get(approval.message_id)
    rejected = approval.decide(ApprovalStep.REJECT, by, revision=revision, why=why, now=now)
    if rejected == approval:
        return Decided(approval, message)
    note_trouble(tx, message, Trouble.REJECTION, request_id=request_id, now=now)
    return _close(tx, rejected, message, MessageState.REJECTED, EventType.APPROVAL_REJECTED, request_id, now)


def expire(tx: Tx, *, now: datetime) -> list[Decided]:
    """Let the approvals run out whose time is over; answers those that did."""
    closed = []
    for approval in tx.due.approvals(now, MOST_AT_ONCE):
        message = tx.messages.get(approval.message_id)
        decided = _close(
            tx,
            approval.expire(now),
            message,
            MessageState.EXPIRED,
            EventType.APPROVAL_EXPIRED,
            message.request_id,
            now,
        )
        tell_of_message(tx, EventType.MESSAGE_EXPIRED, decided.message, now, {"approval_id": approval.id})
        closed.append(decided)
    return closed


def _close(
    tx: Tx,
    approval: Approval,
    message: Message,
    state: MessageState,
    kind: EventType,
    request_id: RequestId,
    now: datetime,
) -> Decided:
    closed = replace(message, state=state)
    tx.approvals.save(approval)
    tx.messages.save(closed)
    participants.settle_turn(tx, closed.thread_id)
    _tell(tx, kind, approval, closed, request_id, now)
    return Decided(approval, closed)


def _tell(
    tx: Tx, kind: EventType, approval: Approval, message: Message, request_id: RequestId, now: datetime
) -> None:
    data: dict[str, JSON] = {
        "approval_id": approval.id,
        "revision": approval.revision,
        "decided_by": approval.decided_by or DAEMON.id,
        "via": approval.via,
        "why": approval.why,
    }
    tell_of_message(tx, kind, message, now, data, request_id=request_id)
