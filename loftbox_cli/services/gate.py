"""The one gate. Nothing gets past it to the wire, and there is no second way.

It answers at send, at release and again at each claim, from the facts of that
moment, and carries the answer out. At a release a block wins, a hold that a person
answered is satisfied, and one that nobody was asked about makes another approval.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.approval import EXPIRES_AFTER, Approval, ApprovalState
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.delivery_clock import DELAYED_AFTER
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import ApprovalId, DeliveryId, RequestId
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.services.in_force import policies_for, stamps
from loftbox_cli.services.judging import before_leaving, decide, domain_of
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.suppressing import withheld
from loftbox_cli.services.tx import Tx


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of a message at the gate."""

    message: Message
    decision: Decision
    deliveries: tuple[Delivery, ...] = ()
    approval: Approval | None = None


def pass_through(
    tx: Tx, message: Message, *, answered: Approval | None, request_id: RequestId, now: datetime
) -> Passed:
    """Take a message to the gate and carry out the answer: held, blocked or released.

    The message is stored here, with the state that the answer gives it; a message that
    comes from an approval is stored already, and only changes.
    """
    policies = policies_for(tx, tx.mailboxes.get(message.mailbox_id))
    decision = decide(tx, message, policies, now)
    message = replace(message, policies=stamps(policies))
    tell_of_message(tx, EventType.POLICY_EVALUATED, message, now, _told(decision), request_id=request_id)
    match decision.answer:
        case Answer.ALLOW:
            return _release(tx, message, decision, answered, request_id, now)
        case Answer.HOLD:
            return _hold(tx, message, decision, request_id, now)
        case Answer.BLOCK:
            return _block(tx, message, decision, request_id, now)


def _told(decision: Decision) -> dict[str, JSON]:
    return {
        "decision": decision.answer.value,
        "reasons": list(decision.reasons),
        "detail": decision.detail,
        "rules": [
            {
                "policy": rule.policy,
                "policy_name": rule.policy_name,
                "version": rule.version,
                "rule": rule.name,
                "decision": rule.answer.value,
                "reason": rule.reason,
            }
            for rule in decision.rules
            if rule.hit
        ],
    }


def _hold(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> Passed:
    held = replace(message, state=MessageState.HELD, reasons=decision.reasons)
    approval = Approval(
        id=ApprovalId(tx.mint("apr")),
        message_id=message.id,
        mailbox_id=message.mailbox_id,
        state=ApprovalState.PENDING,
        revision=message.revision,
        content_sha256=message.content_sha256,
        reasons=decision.reasons,
        submitted_by=message.submitted_by,
        requested_at=now,
        expires_at=now + min(rule.expires_after or EXPIRES_AFTER for rule in decision.decisive),
        rules=decision.hits,
        approvers=max(rule.approvers for rule in decision.decisive),
    )
    _store(tx, held)
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
    return Passed(held, decision, approval=approval)


def _block(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> Passed:
    blocked = replace(message, state=MessageState.BLOCKED, reasons=decision.reasons)
    _store(tx, blocked)
    tell_of_message(
        tx,
        EventType.MESSAGE_BLOCKED,
        blocked,
        now,
        {"reasons": list(decision.reasons), "detail": decision.detail},
        request_id=request_id,
    )
    return Passed(blocked, decision)


def _release(
    tx: Tx,
    message: Message,
    decision: Decision,
    answered: Approval | None,
    request_id: RequestId,
    now: datetime,
) -> Passed:
    released = replace(
        message,
        state=MessageState.RELEASED,
        reasons=decision.reasons,
        released_at=now,
        auto_submitted=_auto_submitted(message, answered),
    )
    _store(tx, released)
    domain = domain_of(tx, tx.mailboxes.get(message.mailbox_id))
    deliveries = tuple(_delivery(tx, released, domain, recipient, now) for recipient in released.rcpt_to)
    return Passed(
        released,
        decision,
        deliveries=tuple(_queue(tx, released, delivery, request_id, now) for delivery in deliveries),
    )


def _queue(tx: Tx, message: Message, delivery: Delivery, request_id: RequestId, now: datetime) -> Delivery:
    """Put a delivery into the queue, unless its recipient is suppressed."""
    tx.deliveries.add(delivery)
    ended = withheld(tx, delivery, now, request_id=request_id)
    if ended is not None:
        return ended
    tell_of_message(
        tx,
        EventType.MESSAGE_QUEUED,
        message,
        now,
        {"recipient": delivery.recipient},
        delivery_id=delivery.id,
        request_id=request_id,
    )
    return delivery


def _store(tx: Tx, message: Message) -> None:
    if tx.approvals.find(message_id=message.id) is None:
        tx.messages.add(message)
    else:
        tx.messages.save(message)


def _auto_submitted(message: Message, answered: Approval | None) -> str:
    """RFC 3834 section 5: what no person approved says that a program wrote it."""
    if answered is not None:
        return ""
    return "auto-replied" if message.in_reply_to else "auto-generated"


def _delivery(tx: Tx, message: Message, domain: Domain, recipient: str, now: datetime) -> Delivery:
    return Delivery(
        id=DeliveryId(tx.mint("dlv")),
        message_id=message.id,
        mailbox_id=message.mailbox_id,
        domain_id=domain.id,
        request_id=message.request_id,
        recipient=recipient,
        destination=recipient.rpartition("@")[2],
        state=DeliveryState.QUEUED,
        attempts=0,
        queued_at=now,
        next_at=now,
        lease_until=None,
        handover_at=None,
        settled_at=None,
        fence=0,
        last_code=0,
        last_words="",
        look_at=now + DELAYED_AFTER[0],
    )


def may_leave(tx: Tx, delivery: Delivery, now: datetime) -> Decision:
    """Look again just before a delivery is carried: the message is still released, and may still go.

    What left the gate by itself waits when a policy has changed since and allows it no more.
    """
    message = tx.messages.get(delivery.message_id)
    policies = policies_for(tx, tx.mailboxes.get(message.mailbox_id))
    decision = before_leaving(tx, message, policies, now)
    if decision.answer is Answer.ALLOW and message.policies != stamps(policies):
        tx.messages.save(replace(message, policies=stamps(policies)))
    return decision
