"""The one gate. Nothing gets past it to the wire, and there is no second way.

It answers at send, at release and again at each claim, from the facts of that
moment. Several rules may hit; the strictest wins, and no rule means hold. At a
release, a block wins, and a hold that this very approval answered is satisfied.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.approval import EXPIRES_AFTER, Approval, ApprovalState
from loftbox_cli.core.decision import Answer, Decision, Rule, strictest
from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import Conflict
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import ApprovalId, DeliveryId, RequestId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of a message at the gate."""

    message: Message
    decision: Decision
    deliveries: tuple[Delivery, ...] = ()
    approval: Approval | None = None


def decide(tx: Tx, message: Message, *, answered: Approval | None, now: datetime) -> Decision:
    """Say what may happen to these exact bytes at this moment."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    domain = domain_of(tx, mailbox)
    return strictest((_domain_rule(domain, now), _oversight_rule(mailbox, message, answered)))


def _domain_rule(domain: Domain, now: datetime) -> Rule:
    state = domain.state(now)
    return Rule(
        name="domain",
        hit=not domain.may_send(now),
        answer=Answer.BLOCK,
        reason="domain_not_sending",
        detail=f"domain {domain.name} may not send: it is {state}, its review is {domain.review}",
    )


def _oversight_rule(mailbox: Mailbox, message: Message, answered: Approval | None) -> Rule:
    if mailbox.oversight is Oversight.AUTONOMOUS:
        return Rule(
            "oversight", True, Answer.ALLOW, "oversight_autonomous", "operational mail, sent on its own"
        )
    if answered is not None and _covers(answered, message):
        return Rule(
            "oversight", True, Answer.ALLOW, "oversight_approved", f"approved by {answered.decided_by}"
        )
    return Rule(
        "oversight", True, Answer.HOLD, "oversight_gated_all", "every send of this mailbox waits for a person"
    )


def _covers(approval: Approval, message: Message) -> bool:
    """Whether a yes was said to these bytes in this revision."""
    return (
        approval.state is ApprovalState.APPROVED
        and approval.message_id == message.id
        and approval.revision == message.revision
        and approval.content_sha256 == message.content_sha256
    )


def pass_through(
    tx: Tx, message: Message, *, answered: Approval | None, request_id: RequestId, now: datetime
) -> Passed:
    """Take a message to the gate and carry out the answer: held, blocked or released.

    The message is stored here, with the state that the answer gives it; a message that
    comes from an approval is stored already, and only changes.
    """
    decision = decide(tx, message, answered=answered, now=now)
    tell_of_message(
        tx,
        EventType.POLICY_EVALUATED,
        message,
        now,
        {"decision": decision.answer.value, "reasons": list(decision.reasons), "detail": decision.detail},
        request_id=request_id,
    )
    match decision.answer:
        case Answer.ALLOW:
            return _release(tx, message, decision, answered, request_id, now)
        case Answer.HOLD:
            return _hold(tx, message, decision, request_id, now)
        case Answer.BLOCK:
            return _block(tx, message, decision, request_id, now)


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
        expires_at=now + EXPIRES_AFTER,
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
    for delivery in deliveries:
        tx.deliveries.add(delivery)
        tell_of_message(
            tx,
            EventType.MESSAGE_QUEUED,
            released,
            now,
            {"recipient": delivery.recipient},
            delivery_id=delivery.id,
            request_id=request_id,
        )
    return Passed(released, decision, deliveries=deliveries)


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
    )


def may_leave(tx: Tx, delivery: Delivery, now: datetime) -> Decision:
    """Look again just before a delivery is carried: the message is still released, and may still go.

    What left the gate by itself waits when its mailbox has come under oversight since.
    """
    message = tx.messages.get(delivery.message_id)
    mailbox = tx.mailboxes.get(message.mailbox_id)
    released = Rule(
        name="released",
        hit=True,
        answer=Answer.ALLOW if message.state is MessageState.RELEASED else Answer.BLOCK,
        reason="message_released" if message.state is MessageState.RELEASED else "message_not_released",
        detail=f"message {message.id} is {message.state}",
    )
    domain = _domain_rule(tx.domains.get(delivery.domain_id), now)
    return strictest((released, domain, _oversight_rule(mailbox, message, _yes_to(tx, message))))


def _yes_to(tx: Tx, message: Message) -> Approval | None:
    return next((each for each in tx.approvals.all(message_id=message.id) if _covers(each, message)), None)


def domain_of(tx: Tx, mailbox: Mailbox) -> Domain:
    """The domain that a mailbox sends from; the operator's own mailbox has none and sends nothing."""
    if mailbox.domain_id is None:
        raise Conflict(f"mailbox {mailbox.address} receives only: it belongs to no domain")
    return tx.domains.get(mailbox.domain_id)
