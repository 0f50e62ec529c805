"""The queue: claim, hand over, record. Each is one short transaction; none waits for a peer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.decision import Answer
from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState, Outcome, Step, judge, words_of
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.events import EventType, spell_time
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.message import Message
from loftbox_cli.core.report import Report
from loftbox_cli.core.retry import GiveUp, next_try
from loftbox_cli.services import gate
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import DomainKey, Tx

# Renewed while an attempt goes on: a site with many silent hosts takes long (RFC 5321 section 4.5.3.2).
LEASE = timedelta(minutes=15)
RENEW_EVERY = timedelta(minutes=5)
# How long a delivery rests whose domain may not send just now.
REST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a failed attempt is tried again, and when no more."""

    waits: Sequence[timedelta]
    give_up_after: timedelta


@dataclass(frozen=True, slots=True)
class Load:
    """What carrying one delivery needs: the stored bytes, what is stamped on them, who signs."""

    message: Message
    domain: str
    raw: bytes
    keys: tuple[DomainKey, ...]


def claim(
    tx: Tx, limit: int, *, each: int, busy: Collection[str], schedule: Schedule, spread: float, now: datetime
) -> list[Delivery]:
    """Take what is due: the attempt and the next try are committed before anything is dialed.

    A crash then waits one back-off instead of hammering. The gate is asked again.
    """
    claimed = []
    for delivery in tx.due.deliveries(now, limit, each=each, busy=busy):
        decision = gate.may_leave(tx, delivery, now)
        if decision.answer is Answer.ALLOW:
            claimed.append(_start(tx, delivery, schedule, spread, now))
        else:
            _rest(tx, delivery, decision.detail, schedule, now)
    return claimed


def next_at(tx: Tx, *, busy: Collection[str]) -> datetime | None:
    """When something is due for which there may be a free slot."""
    return tx.due.next_delivery(busy=busy)


def _start(tx: Tx, delivery: Delivery, schedule: Schedule, spread: float, now: datetime) -> Delivery:
    number = delivery.attempts + 1
    following = next_try(
        number, delivery.queued_at, now, spread, waits=schedule.waits, give_up_after=schedule.give_up_after
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


def _rest(tx: Tx, delivery: Delivery, why: str, schedule: Schedule, now: datetime) -> None:
    if now - delivery.queued_at >= schedule.give_up_after:
        given_up = replace(delivery, last_words=why)
        data: dict[str, JSON] = {"recipient": delivery.recipient, "detail": why}
        _settle(tx, given_up, Step.GIVE_UP, EventType.MESSAGE_FAILED, data, now)
        return
    rested = replace(delivery, next_at=now + REST, last_words=why)
    tx.deliveries.save(rested)
    if why != delivery.last_words:
        _tell(tx, EventType.MESSAGE_DELAYED, rested, now, {"detail": why})


def load(tx: Tx, delivery: Delivery) -> Load:
    """Read what carrying one delivery needs; changes nothing."""
    message = tx.messages.get(delivery.message_id)
    domain = tx.domains.get(delivery.domain_id)
    return Load(message, domain.name, tx.raw(message.blob), tuple(tx.domain_keys.all(domain_id=domain.id)))


def renew(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> None:
    """Keep the lease of an attempt that takes its time; raises LeaseLost."""
    tx.deliveries.save(replace(_held(tx, delivery_id, fence), lease_until=now + LEASE))


def hand_over(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> None:
    """Note, before DATA, that from here on the peer may have the message; raises LeaseLost."""
    delivery = _held(tx, delivery_id, fence)
    state = delivery.after(Step.HAND_OVER)
    tx.deliveries.save(replace(delivery, state=state, handover_at=now, lease_until=now + LEASE))


def record(
    tx: Tx,
    delivery_id: DeliveryId,
    fence: int,
    report: Report,
    *,
    schedule: Schedule,
    spread: float,
    now: datetime,
) -> Delivery:
    """Write down what an attempt saw, and what follows from it; raises LeaseLost."""
    delivery = _held(tx, delivery_id, fence)
    outcome = judge(report)
    words = words_of(report)
    code = report.said.code if report.said else 0
    _end_attempt(tx, delivery, report, outcome, words, code, now)
    ended = replace(delivery, lease_until=None, handover_at=None, last_code=code, last_words=words)
    data: dict[str, JSON] = {
        "recipient": delivery.recipient,
        "attempt": delivery.attempts,
        "code": code,
        "words": words,
    }
    match outcome:
        case Outcome.DELIVERED:
            return _settle(tx, ended, Step.SUCCEED, EventType.MESSAGE_DELIVERED, data, now)
        case Outcome.FAILED:
            return _settle(tx, ended, Step.REFUSE, EventType.MESSAGE_FAILED, data, now)
        case Outcome.UNCERTAIN:
            step, kind = Step.FALL_SILENT, EventType.MESSAGE_UNCERTAIN
        case Outcome.DEFERRED:
            step, kind = Step.DEFER, EventType.MESSAGE_RETRIED
    following = next_try(
        ended.attempts,
        ended.queued_at,
        now,
        spread,
        waits=schedule.waits,
        give_up_after=schedule.give_up_after,
    )
    if isinstance(following, GiveUp):
        waited = spell_duration(timedelta(seconds=int(following.waited.total_seconds())))
        data |= {"detail": f"gave up after {waited}: {words}"}
        return _settle(tx, ended, Step.GIVE_UP, EventType.MESSAGE_FAILED, data, now)
    waiting = replace(ended, state=ended.after(step), next_at=following.at)
    tx.deliveries.save(waiting)
    _tell(tx, kind, waiting, now, data | {"next_at": spell_time(following.at)})
    return waiting


def _end_attempt(
    tx: Tx, delivery: Delivery, report: Report, outcome: Outcome, words: str, code: int, now: datetime
) -> None:
    tx.attempts.save(
        replace(
            _running(tx, delivery),
            ended_at=now,
            stage=report.stage.value,
            code=code,
            enhanced=report.said.enhanced if report.said else "",
            words=words,
            host=report.host,
            address=report.address,
            tls=report.tls,
            outcome=outcome.value,
            transcript=report.transcript,
        )
    )


def _running(tx: Tx, delivery: Delivery) -> Attempt:
    """The attempt that the claim began."""
    (attempt,) = tx.attempts.all(delivery_id=delivery.id, number=delivery.attempts)
    return attempt


def _settle(
    tx: Tx, delivery: Delivery, step: Step, kind: EventType, data: dict[str, JSON], now: datetime
) -> Delivery:
    settled = replace(delivery, state=delivery.after(step), next_at=None, settled_at=now)
    tx.deliveries.save(settled)
    _tell(tx, kind, settled, now, data)
    return settled


def put_back(tx: Tx, delivery_id: DeliveryId, fence: int, *, now: datetime) -> Delivery:
    """Undo a claim whose message no peer has seen: a stop before DATA counts as no attempt."""
    delivery = _held(tx, delivery_id, fence)
    tx.attempts.remove(delivery_id=delivery.id, number=delivery.attempts)
    before = tx.attempts.find(delivery_id=delivery.id, number=delivery.attempts - 1)
    uncertain = before is not None and before.outcome == Outcome.UNCERTAIN
    freed = replace(
        delivery,
        state=delivery.after(Step.PUT_BACK_UNCERTAIN if uncertain else Step.PUT_BACK),
        attempts=delivery.attempts - 1,
        next_at=now,
        lease_until=None,
        fence=delivery.fence + 1,
    )
    tx.deliveries.save(freed)
    return freed


def void_leases(tx: Tx, *, now: datetime, lapsed_only: bool = False) -> list[Delivery]:
    """Requeue what nobody carries any more: everything at a start, later what a lease let go.

    What had been handed over is uncertain: the peer may have it. It is shown, and tried
    again with the same Message-ID. The next try stays where the claim put it.
    """
    leased = tx.due.lapsed(now, 500) if lapsed_only else tx.deliveries.all(state=DeliveryState.SENDING)
    return [_void(tx, delivery, now) for delivery in leased]


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
    tx.attempts.save(replace(_running(tx, delivery), ended_at=now, words=words, outcome=outcome.value))
    kind = EventType.MESSAGE_UNCERTAIN if uncertain else EventType.MESSAGE_RETRIED
    _tell(
        tx, kind, freed, now, {"recipient": delivery.recipient, "attempt": delivery.attempts, "words": words}
    )
    return freed


def _held(tx: Tx, delivery_id: DeliveryId, fence: int) -> Delivery:
    delivery = tx.deliveries.get(delivery_id)
    if delivery.fence != fence or delivery.state is not DeliveryState.SENDING:
        raise LeaseLost(f"delivery {delivery_id} was taken over")
    return delivery


def _tell(tx: Tx, kind: EventType, delivery: Delivery, now: datetime, data: dict[str, JSON]) -> None:
    message = tx.messages.get(delivery.message_id)
    tell_of_message(tx, kind, message, now, data, delivery_id=delivery.id)
