"""Putting a question to people: at the gate, and where something waits in the queue.

What was released and is held at a claim by a policy made later is asked about once. Its
answer is about the deliveries that wait; the message itself has left the gate.
"""

from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.actor import DAEMON, Actor
from loftbox_cli.core.approval import EXPIRES_AFTER, Approval, ApprovalState
from loftbox_cli.core.decision import Decision
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import ApprovalId, RequestId
from loftbox_cli.core.message import Message
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx

ALLOWED_AGAIN = "the policies allow it again"


def ask(tx: Tx, held: Message, decision: Decision, request_id: RequestId, now: datetime) -> Approval:
    """Put the question to people."""
    approval = Approval(
        id=ApprovalId(tx.mint("apr")),
        message_id=held.id,
        mailbox_id=held.mailbox_id,
        state=ApprovalState.PENDING,
        revision=held.revision,
        content_sha256=held.content_sha256,
        reasons=decision.reasons,
        submitted_by=held.submitted_by,
        requested_at=now,
        expires_at=_asked_until(held, decision, now),
        rules=decision.hits,
        approvers=max(rule.approvers for rule in decision.decisive),
    )
    tx.approvals.add(approval)
    tell_of_message(
        tx, EventType.MESSAGE_HELD, held, now, {"reasons": list(decision.reasons)}, request_id=request_id
    )
    tell_of_message(
        tx,
        EventType.APPROVAL_REQUESTED,
        held,
        now,
        {
            "approval_id": approval.id,
            "revision": approval.revision,
            "content_sha256": approval.content_sha256,
            "recipients": list(held.rcpt_to),
            "subject": held.subject,
        },
        request_id=request_id,
    )
    return approval


def _asked_until(message: Message, decision: Decision, now: datetime) -> datetime:
    """How long a person has time: no longer than anybody wants the message."""
    until = now + min(rule.expires_after or EXPIRES_AFTER for rule in decision.decisive)
    return until if message.expires_at is None else min(until, message.expires_at)


def ask_again(
    tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime
) -> Approval | None:
    """Ask people about what was released and may not leave now; None where no answer of theirs helps.

    A paused thread is resumed, not approved. A question that is out is not asked twice.
    """
    if not any(rule.policy for rule in decision.decisive):
        return None
    pending = tx.approvals.find(message_id=message.id, state=ApprovalState.PENDING)
    if pending is not None:
        return pending
    # It left by policies that allow it no more: whatever holds from here on is asked at each claim.
    tx.messages.save(replace(message, policies=()))
    return ask(tx, message, decision, request_id, now)


def turned_down(tx: Tx, message: Message) -> bool:
    """Whether people did not agree that the rest of a released message goes on."""
    return any(
        each.state in (ApprovalState.REJECTED, ApprovalState.EXPIRED, ApprovalState.CANCELED)
        and each.revision == message.revision
        and each.why != ALLOWED_AGAIN
        and message.released_at is not None
        and each.requested_at >= message.released_at
        for each in tx.approvals.all(message_id=message.id)
    )


def call_back(tx: Tx, message: Message, *, by: Actor, request_id: RequestId, now: datetime) -> None:
    """Cancel the questions about a message of which nothing is to leave any more."""
    for approval in tx.approvals.all(message_id=message.id, state=ApprovalState.PENDING):
        canceled = approval.cancel(by, why="the message was called back", now=now)
        tx.approvals.save(canceled)
        tell_of_message(tx, EventType.APPROVAL_CANCELED, message, now, canceled.told, request_id=request_id)


def take_back(tx: Tx, message: Message, now: datetime) -> None:
    """Cancel the question about a message that may leave again without an answer."""
    pending = tx.approvals.find(message_id=message.id, state=ApprovalState.PENDING)
    if pending is None:
        return
    canceled = pending.cancel(DAEMON, why=ALLOWED_AGAIN, now=now)
    tx.approvals.save(canceled)
    tell_of_message(tx, EventType.APPROVAL_CANCELED, message, now, canceled.told)
