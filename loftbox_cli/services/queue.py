"""The queue as people work with it, and what time does to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import SETTLED, WAITING, Attempt, Delivery, DeliveryState
from loftbox_cli.core.delivery_clock import Delayed, Expired, Overdue, Waits, pass_time
from loftbox_cli.core.errors import Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.retry import Schedule
from loftbox_cli.services import asking
from loftbox_cli.services.settling import call_back, expire, give_up, spell, tell
from loftbox_cli.services.standing import sees, visible
from loftbox_cli.services.stops import held_by, time_held
from loftbox_cli.services.tx import Tx, Viewer

MOST_AT_ONCE = 500  # rows that one verb touches


@dataclass(frozen=True, slots=True)
class Queued:
    """A delivery with what keeps it waiting. `attempts` is None in a list."""

    delivery: Delivery
    pauses: tuple[Pause, ...]
    rest: Rest | None
    held: timedelta
    attempts: tuple[Attempt, ...] | None


def page(
    tx: Tx,
    page: Page,
    viewer: Viewer,
    *,
    now: datetime,
    mailbox: str = "",
    destination: str = "",
    state: DeliveryState | None = None,
) -> PageOf[Queued]:
    """Deliveries: of one state, or without one all that are not settled."""
    where = visible(tx, viewer, mailbox)
    if destination:
        where["destination"] = destination.lower()
    if state is not None:
        where["state"] = state
    found = (tx.archive.settled if state in SETTLED else tx.due.waiting)(page, **where)
    return PageOf(tuple(_queued(tx, each, now) for each in found.items), found.cursor)


def show(tx: Tx, delivery_id: str, viewer: Viewer, *, now: datetime) -> Queued:
    """One delivery with each attempt."""
    delivery = _find(tx, delivery_id, viewer)
    attempts = tuple(tx.attempts.all(delivery_id=delivery.id))
    return replace(_queued(tx, delivery, now), attempts=attempts)


def _queued(tx: Tx, delivery: Delivery, now: datetime) -> Queued:
    rest = None
    if delivery.state in WAITING:
        resting = (each for each in tx.rests.all() if delivery.destination in each.destinations)
        rest = next((each for each in resting if each.until > now), None)
    return Queued(delivery, held_by(tx, delivery), rest, time_held(tx, delivery, now), None)


def _find(tx: Tx, delivery_id: str, viewer: Viewer) -> Delivery:
    found = tx.deliveries.find(id=delivery_id)
    if found is None or not sees(tx, viewer, found.mailbox_id):
        raise NotFound(f"there is no delivery {delivery_id}", fix="loftbox queue list shows what waits")
    return found


def retry(tx: Tx, delivery_id: str, viewer: Viewer, *, now: datetime) -> Queued:
    """Make a delivery due at once, however long its destination was to rest; raises Conflict.

    Nothing else changes: a pause still holds it, and the gate is asked as at every claim.
    """
    delivery = _find(tx, delivery_id, viewer)
    if delivery.state not in WAITING:
        raise Conflict(
            f"delivery {delivery_id} is {delivery.state}: only what waits can be tried",
            fix="loftbox queue list shows what waits",
        )
    _wake(tx, (delivery,), now)
    return _queued(tx, tx.deliveries.get(delivery.id), now)


def retry_waiting(tx: Tx, after: str, *, destination: str, now: datetime) -> PageOf[Delivery]:
    """Make up to 500 waiting deliveries due at once, to one destination or (with "") to all."""
    where = {"destination": destination.lower()} if destination else {}
    found = tx.due.waiting(Page(MOST_AT_ONCE, after, newest_first=False), **where)
    due = [each for each in found.items if each.state in WAITING]
    _wake(tx, due, now)
    return PageOf(tuple(due), found.cursor)


def _wake(tx: Tx, deliveries: Sequence[Delivery], now: datetime) -> None:
    wanted = {each.destination for each in deliveries}
    for rest in tx.rests.all():
        if wanted & set(rest.destinations):
            tx.rests.remove(site=rest.site)
    for delivery in deliveries:
        tx.deliveries.save(replace(delivery, next_at=now))


def cancel(
    tx: Tx, delivery_id: str, viewer: Viewer, *, by: Actor, request_id: RequestId, now: datetime
) -> Queued:
    """Call a waiting delivery back; raises Conflict for one that is on its way or settled.

    Of one that is uncertain the peer may have a copy already. Where nothing of the message
    waits any more, nobody is asked about it any more.
    """
    delivery = _find(tx, delivery_id, viewer)
    if delivery.state is DeliveryState.CANCELED:
        return _queued(tx, delivery, now)
    if delivery.state not in WAITING:
        raise Conflict(
            f"delivery {delivery_id} is {delivery.state} and cannot be called back",
            fix=f"loftbox message show {delivery.message_id} tells what became of it",
        )
    canceled = call_back(tx, delivery, by, request_id, now)
    if all(each.state in SETTLED for each in tx.deliveries.all(message_id=delivery.message_id)):
        message = tx.messages.get(delivery.message_id)
        asking.call_back(tx, message, by=by, request_id=request_id, now=now)
    return _queued(tx, canceled, now)


def something_to_look_at(tx: Tx, *, now: datetime) -> bool:
    """Whether time has done something to a delivery, or a site has rested long enough."""
    return bool(tx.due.to_look_at(now, 1)) or any(rest.until <= now for rest in tx.rests.all())


def let_time_pass(tx: Tx, *, schedule: Schedule, now: datetime) -> list[Delivery]:
    """Tell delays, let run out what its sender wanted no later, give up what no try came for."""
    for rest in tx.rests.all():
        if rest.until <= now:
            tx.rests.remove(site=rest.site)
    return [_look(tx, delivery, schedule, now) for delivery in tx.due.to_look_at(now, MOST_AT_ONCE)]


def _look(tx: Tx, delivery: Delivery, schedule: Schedule, now: datetime) -> Delivery:
    held = time_held(tx, delivery, now)
    match pass_time(delivery, held, overdue_after=schedule.overdue_after, now=now):
        case Expired(waited):
            return expire(tx, delivery, waited, now)
        case Overdue(waited):
            why = delivery.last_words or "no try was possible"
            return give_up(tx, delivery, f"gave up after {spell(waited)}: {why}", now)
        case Delayed(told, waited, look_at):
            late = replace(delivery, delays_told=told, look_at=look_at)
            data: dict[str, JSON] = {
                "recipient": delivery.recipient,
                "attempts": delivery.attempts,
                "detail": f"not delivered after {spell(waited)}: {delivery.last_words or 'not tried yet'}",
            }
            tell(tx, EventType.MESSAGE_DELAYED, late, now, data)
        case Waits(look_at):
            late = replace(delivery, look_at=look_at)
    tx.deliveries.save(late)
    return late
