"""The one gate. Nothing gets past it to the wire, and there is no second way.

It answers at send, when a scheduled time comes, at release and again at each claim, from the facts of that
moment, and carries the answer out. At a release a block wins, a hold that a person
answered is satisfied, and one that nobody was asked about makes another approval. What
was released and is held at a claim waits in the queue, and a person is asked about it there.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.delivery import WAITING, Delivery, DeliveryState
from loftbox_cli.core.delivery_clock import DELAYED_AFTER
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.events import EventType, spell_time
from loftbox_cli.core.ids import DeliveryId, RequestId, ThreadId
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.policy.evaluate import InForce
from loftbox_cli.core.thread import Thread, ThreadState
from loftbox_cli.services.asking import ask, ask_again, take_back
from loftbox_cli.services.in_force import policies_for, stamps
from loftbox_cli.services.judging import before_leaving, decide, domain_for
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
    comes from an approval is stored already, and only changes. One that belongs to no thread
    begins one as soon as it is decided: until then it has no past to be asked for.
    """
    policies = policies_for(tx, tx.mailboxes.get(message.mailbox_id))
    decision = decide(tx, message, policies, now)
    if message.state is MessageState.RELEASED:
        _tell(tx, message, decision, request_id, now)
        return _go_on(tx, message, policies, decision, request_id, now)
    store = tx.messages.save if message.policies else tx.messages.add  # only what was here before has any
    thread_id = message.thread_id or _begin_thread(tx, message, decision, now)
    message = _after(message, decision, answered, now, policies=stamps(policies), thread_id=thread_id)
    _tell(tx, message, decision, request_id, now)
    store(message)
    match message.state:
        case MessageState.SCHEDULED:
            return _schedule(tx, message, decision, request_id, now)
        case MessageState.RELEASED:
            return _release(tx, message, decision, request_id, now)
        case MessageState.HELD:
            return Passed(message, decision, approval=ask(tx, message, decision, request_id, now))
        case _:
            return _block(tx, message, decision, request_id, now)


def _after(
    message: Message,
    decision: Decision,
    answered: Approval | None,
    now: datetime,
    *,
    policies: tuple[str, ...],
    thread_id: ThreadId,
) -> Message:
    """The message with the state that the answer gives it, and what led to it."""
    stays = partial(replace, message, reasons=decision.reasons, policies=policies, thread_id=thread_id)
    match decision.answer:
        case Answer.ALLOW if message.scheduled_at is not None and message.scheduled_at > now:
            return stays(state=MessageState.SCHEDULED)
        case Answer.ALLOW:
            return stays(
                state=MessageState.RELEASED,
                released_at=now,
                auto_submitted=_auto_submitted(message, answered),
            )
        case Answer.HOLD:
            return stays(state=MessageState.HELD)
        case Answer.BLOCK:
            return stays(state=MessageState.BLOCKED)


def _tell(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> None:
    tell_of_message(tx, EventType.POLICY_EVALUATED, message, now, _told(decision), request_id=request_id)


def _begin_thread(tx: Tx, message: Message, decision: Decision, now: datetime) -> ThreadId:
    """Begin a conversation: it is the other side's turn, unless the message is blocked."""
    thread = Thread(
        id=ThreadId(tx.mint("thread")),
        mailbox_id=message.mailbox_id,
        subject=message.subject,
        state=ThreadState.OPEN if decision.answer is Answer.BLOCK else ThreadState.WAITING,
        created_at=now,
        last_at=now,
    )
    tx.threads.add(thread)
    return thread.id


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


def _schedule(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> Passed:
    data: dict[str, JSON] = {"recipients": list(message.rcpt_to)}
    if message.scheduled_at is not None:
        data["scheduled_at"] = spell_time(message.scheduled_at)
    tell_of_message(tx, EventType.MESSAGE_SCHEDULED, message, now, data, request_id=request_id)
    return Passed(message, decision)


def _block(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> Passed:
    data: dict[str, JSON] = {"reasons": list(decision.reasons), "detail": decision.detail}
    tell_of_message(tx, EventType.MESSAGE_BLOCKED, message, now, data, request_id=request_id)
    return Passed(message, decision)


def _release(tx: Tx, message: Message, decision: Decision, request_id: RequestId, now: datetime) -> Passed:
    domain = domain_for(tx, message)
    deliveries = [_delivery(tx, message, domain, recipient, now) for recipient in message.rcpt_to]
    tx.deliveries.add_all(deliveries)
    return Passed(
        message,
        decision,
        deliveries=tuple(_queue(tx, message, delivery, request_id, now) for delivery in deliveries),
    )


def _queue(tx: Tx, message: Message, delivery: Delivery, request_id: RequestId, now: datetime) -> Delivery:
    """Let a delivery wait in the queue, unless its recipient is suppressed."""
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
        expires_at=message.expires_at,
        look_at=min(filter(None, (now + DELAYED_AFTER[0], message.expires_at))),
    )


def _go_on(
    tx: Tx,
    message: Message,
    policies: tuple[InForce, ...],
    decision: Decision,
    request_id: RequestId,
    now: datetime,
) -> Passed:
    """Let go on, after a yes, what was released before and is held in the queue.

    What it left with stays, so that all its recipients get the same bytes. Only where the
    policies allow it are they noted: until then each claim asks them again.
    """
    if decision.answer is Answer.HOLD:
        return Passed(message, decision, approval=ask_again(tx, message, decision, request_id, now))
    waiting = [each for each in tx.deliveries.all(message_id=message.id) if each.state in WAITING]
    if decision.answer is Answer.ALLOW:
        message = replace(message, policies=stamps(policies))
        tx.messages.save(message)
        waiting = [replace(each, next_at=now) for each in waiting]
        for delivery in waiting:
            tx.deliveries.save(delivery)
    return Passed(message, decision, deliveries=tuple(waiting))


def may_leave(tx: Tx, message: Message, now: datetime) -> Decision:
    """Look again just before a message is carried: it is still released, and may still go.

    What left the gate by itself waits when a policy has changed since and allows it no more.
    """
    policies = policies_for(tx, tx.mailboxes.get(message.mailbox_id))
    decision = before_leaving(tx, message, policies, now)
    if decision.answer is Answer.ALLOW and message.policies != stamps(policies):
        tx.messages.save(replace(message, policies=stamps(policies)))
        take_back(tx, message, now)
    return decision
