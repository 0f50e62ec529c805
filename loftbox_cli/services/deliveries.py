"""Carrying a delivery: claim, hand over, let go. Each is one short transaction; none waits for a peer."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.actor import DAEMON
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.compose import content_sha256
from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.delivery import Attempt, Delivery, Outcome, Step
from loftbox_cli.core.delivery_clock import expired
from loftbox_cli.core.dkim_rotation import KeyPhase
from loftbox_cli.core.errors import Paused
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.message import Message
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.retry import GiveUp, Schedule, next_try
from loftbox_cli.services import gate
from loftbox_cli.services.asking import ask_again, turned_down
from loftbox_cli.services.recipients import receives_for
from loftbox_cli.services.settling import expire, give_up, leased, running, settle, tell
from loftbox_cli.services.stops import held_by, time_held
from loftbox_cli.services.suppressing import forbidden, why, withheld
from loftbox_cli.services.tx import DomainKey, Tx

# Renewed while an attempt goes on: a site with many silent hosts takes long (RFC 5321 section 4.5.3.2).
LEASE = timedelta(minutes=15)
RENEW_EVERY = timedelta(minutes=5)
# How long a delivery rests whose domain may not send just now.
REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that was taken to be carried, and its message as the gate saw it in the same moment."""

    delivery: Delivery
    message: Message


@dataclass(frozen=True, slots=True)
class Load:
    """What carrying one delivery needs: the stored bytes, what is stamped on them, who signs.

    What is `local` goes to a mailbox of this gateway.
    """

    message: Message
    domain: str
    raw: bytes
    keys: tuple[DomainKey, ...]
    local: bool


def claim(tx: Tx, slots: Slots, *, schedule: Schedule, spread: float, now: datetime) -> list[Claimed]:
    """Take what is due: the attempt and the next try are committed before anything is dialed.

    A crash then waits one back-off instead of hammering. The gate is asked again.
    """
    claimed = []
    for delivery in tx.due.deliveries(now, slots):
        held = time_held(tx, delivery, now)
        if expired(delivery, held, now):
            expire(tx, delivery, now - delivery.queued_at - held, now)
            continue
        if withheld(tx, delivery, now) is not None:
            continue
        message = tx.messages.get(delivery.message_id)
        decision = gate.may_leave(tx, message, now)
        if decision.answer is Answer.ALLOW:
            claimed.append(Claimed(_start(tx, delivery, schedule, held, spread, now), message))
        else:
            _withhold(tx, delivery, decision, schedule, held, now)
    return claimed


def next_at(tx: Tx, slots: Slots) -> datetime | None:
    """When something is due for which there is a free slot."""
    return tx.due.next_delivery(slots)


def _start(
    tx: Tx, delivery: Delivery, schedule: Schedule, held: timedelta, spread: float, now: datetime
) -> Delivery:
    number = delivery.attempts + 1
    following = next_try(
        number,
        delivery.queued_at + held,
        now,
        spread,
        waits=schedule.waits,
        give_up_after=schedule.give_up_after,
    )
    started = replace(
        delivery,
        state=delivery.after(Step.CLAIM),
        attempts=number,
        next_at=now + LEASE if isinstance(following, GiveUp) else following.at,
        lease_until=now + LEASE,
        handover_at=None,
        fence=delivery.fence + 1,
    )
    tx.deliveries.save(started)
    tx.attempts.add(Attempt(delivery.id, number, now, None, "", 0, "", "", "", "", "", "", ()))
    return started


def _withhold(
    tx: Tx, delivery: Delivery, decision: Decision, schedule: Schedule, held: timedelta, now: datetime
) -> None:
    """Leave it in the queue; where people can say whether it goes on, they are asked, once."""
    message = tx.messages.get(delivery.message_id)
    if decision.answer is Answer.HOLD:
        if turned_down(tx, message):
            data: dict[str, JSON] = {
                "recipient": delivery.recipient,
                "by": DAEMON.id,
                "detail": decision.detail,
            }
            settle(tx, delivery, Step.CANCEL, EventType.MESSAGE_CANCELED, data, now)
            return
        ask_again(tx, message, decision, message.request_id, now)
    _rest(tx, delivery, decision.detail, schedule, held, now)


def _rest(tx: Tx, delivery: Delivery, why: str, schedule: Schedule, held: timedelta, now: datetime) -> None:
    if now - delivery.queued_at - held >= schedule.give_up_after:
        give_up(tx, replace(delivery, last_words=why), why, now)
    else:
        tx.deliveries.save(replace(delivery, next_at=now + REST, last_words=why))


def load(tx: Tx, claimed: Claimed) -> Load:
    """Read what carrying one delivery needs; changes nothing."""
    delivery, message = claimed.delivery, claimed.message
    domain = tx.domains.get(delivery.domain_id)
    return Load(
        message,
        domain.name,
        tx.raw(message.blob),
        tuple(tx.domain_keys.all(domain_id=domain.id, phase=KeyPhase.SIGNING)),
        local=receives_for(tx, delivery.destination),
    )


def is_whole(load: Load, recipient: str) -> bool:
    """Whether these are the bytes and the envelope that were let go, and the recipient is one of it."""
    message = load.message
    same = content_sha256(message.mail_from, message.rcpt_to, load.raw) == message.content_sha256
    return same and recipient in message.rcpt_to


def set_aside(tx: Tx, delivery_id: DeliveryId, fence: int, *, why: str, now: datetime) -> Delivery:
    """Carry no further what is not what was let go; raises LeaseLost. An operator has to look."""
    delivery = replace(leased(tx, delivery_id, fence), last_words=why, handover_at=None)
    attempt = replace(running(tx, delivery), ended_at=now, words=why, outcome=Outcome.FAILED.value)
    tx.attempts.save(attempt)
    data: dict[str, JSON] = {"recipient": delivery.recipient, "detail": why}
    return settle(tx, delivery, Step.SET_ASIDE, EventType.MESSAGE_SET_ASIDE, data, now)


def renew(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> None:
    """Keep the lease of an attempt that takes its time; raises LeaseLost."""
    tx.deliveries.save(replace(leased(tx, delivery_id, fence), lease_until=now + LEASE))


def hand_over(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> None:
    """Note, before DATA, that from here on the peer may have the message.

    Raises LeaseLost, and Paused when something keeps it here since it was claimed: a slow peer
    may have taken minutes to come this far. What then becomes of it, the next claim says.
    """
    delivery = leased(tx, delivery_id, fence)
    if stopped := _stopped(tx, delivery, now):
        raise Paused(f"delivery {delivery_id} {stopped}")
    state = delivery.after(Step.HAND_OVER)
    tx.deliveries.save(replace(delivery, state=state, handover_at=now, lease_until=now + LEASE))


def _stopped(tx: Tx, delivery: Delivery, now: datetime) -> str:
    """What keeps a delivery here, in words; "" for nothing."""
    if pauses := held_by(tx, delivery):
        return f"is paused: {', '.join(pause.scope.value for pause in pauses)}"
    if forbids := forbidden(tx, delivery, now):
        return f"may not leave: {why(forbids)}"
    decision = gate.may_leave(tx, tx.messages.get(delivery.message_id), now)
    return "" if decision.answer is Answer.ALLOW else f"may not leave: {decision.detail}"


def put_back(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> Delivery:
    """Undo a claim whose message no peer has seen: a stop or a pause before DATA counts as no attempt."""
    delivery = leased(tx, delivery_id, fence)
    tx.attempts.remove(delivery_id=delivery.id, number=delivery.attempts)
    before = tx.attempts.find(delivery_id=delivery.id, number=delivery.attempts - 1)
    uncertain = before is not None and before.outcome == Outcome.UNCERTAIN
    freed = replace(
        delivery,
        state=delivery.after(Step.PUT_BACK_UNCERTAIN if uncertain else Step.PUT_BACK),
        attempts=delivery.attempts - 1,
        next_at=now,
        lease_until=None,
        handover_at=None,
        fence=delivery.fence + 1,
    )
    tx.deliveries.save(freed)
    return freed


def void_leases(tx: Tx, *, now: datetime, lapsed_only: bool = False) -> list[Delivery]:
    """Requeue what nobody carries any more: everything at a start, later what a lease let go.

    What had been handed over is uncertain: the peer may have it. It is shown, and tried
    again with the same Message-ID. The next try stays where the claim put it.
    """
    lapsed = tx.due.lapsed(now, 500) if lapsed_only else tx.due.being_sent()
    return [_void(tx, delivery, now) for delivery in lapsed]


def _void(tx: Tx, delivery: Delivery, now: datetime) -> Delivery:
    uncertain = delivery.handover_at is not None
    words = (
        "LoftBox stopped while the peer had the message"
        if uncertain
        else "LoftBox stopped during the attempt"
    )
    freed = replace(
        delivery,
        state=delivery.after(Step.LAPSE_HANDED_OVER if uncertain else Step.LAPSE),
        lease_until=None,
        handover_at=None,
        fence=delivery.fence + 1,
        last_words=words,
    )
    tx.deliveries.save(freed)
    outcome = Outcome.UNCERTAIN if uncertain else Outcome.DEFERRED
    tx.attempts.save(replace(running(tx, delivery), ended_at=now, words=words, outcome=outcome.value))
    kind = EventType.MESSAGE_UNCERTAIN if uncertain else EventType.MESSAGE_RETRIED
    data: dict[str, JSON] = {
        "recipient": delivery.recipient,
        "attempt": delivery.attempts,
        "words": words,
    }
    tell(tx, kind, freed, now, data)
    return freed
