"""The delivery log: events in commit order, for reading and for following."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.endpoint import Notification, NotificationAttempt
from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.page import NEXT_CURSOR, Page, PageOf
from loftbox_cli.services.tx import Tx, Viewer

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: "" stands for any, and so do no types."""

    types: Collection[str] = ()
    mailbox_id: str = ""
    thread_id: str = ""
    message_id: str = ""
    request_id: str = ""

    def where(self, viewer: Viewer) -> Mapping[str, object]:
        """The conditions that this adds up to; raises BadInput for a type that does not exist."""
        for kind in self.types:
            _check_type(kind)
        given: dict[str, object] = {
            name: value
            for name in ("mailbox_id", "thread_id", "message_id", "request_id")
            if (value := getattr(self, name))
        }
        if self.types:
            given["type"] = frozenset(self.types)
        return {**given, **viewer.only}


def _check_type(kind: str) -> None:
    known = [each.value for each in EventType]
    if kind not in known:
        near = get_close_matches(kind, known, n=1)
        raise BadInput(
            f"there is no event type {kind}",
            fix=f"did you mean {near[0]}?" if near else "",
            field="type",
        )


def page(tx: Tx, page: Page, wanted: Wanted, viewer: Viewer) -> PageOf[Event]:
    """A page of events; its cursor is the `seq` of the last one."""
    where = wanted.where(viewer)
    place = seq_of(page.after) if page.after else None
    if page.newest_first:
        found = tx.journal.before(place, page.limit + 1, **where)
    else:
        found = tx.journal.after(place or 0, page.limit + 1, **where)
    shown = tuple(found[: page.limit])
    return PageOf(shown, str(shown[-1].seq) if len(found) > page.limit else "")


def after(tx: Tx, seq: int, limit: int, wanted: Wanted, viewer: Viewer) -> list[Event]:
    """What happened after `seq`, oldest first: the step that followers repeat."""
    return tx.journal.after(seq, limit, **wanted.where(viewer))


def last_seq(tx: Tx) -> int:
    """Where the log ends now."""
    return tx.journal.last_seq()


def seq_before(tx: Tx, at: datetime, wanted: Wanted, viewer: Viewer) -> int:
    """The place in the log just before what happened since `at`, for reading on from there."""
    place: int | None = None
    while found := tx.journal.before(place, _AT_ONCE, **wanted.where(viewer)):
        for event in found:
            if event.created_at < at:
                return event.seq
        place = found[-1].seq
    return 0


def notified(tx: Tx, events: Collection[Event]) -> frozenset[str]:
    """Which of these events, by id, go or went to a webhook."""
    if not events:
        return frozenset()
    return frozenset(each.event_id for each in notifications_of(tx, events))


def notifications_of(tx: Tx, events: Collection[Event]) -> list[Notification]:
    """Every notification of these events."""
    ids = frozenset(event.id for event in events)
    found: list[Notification] = []
    page = Page(_AT_ONCE, newest_first=False)
    while True:
        part = tx.notifications.page(page, event_id=ids)
        found += part.items
        if not part.cursor:
            return found
        page = replace(page, after=part.cursor)


def find(tx: Tx, event_id: str, viewer: Viewer) -> Event:
    """One event; one about another agent's mailbox is NotFound."""
    event = tx.journal.get(event_id)
    if viewer.agent_id not in (None, event.agent_id):
        raise NotFound(f"there is no event {event_id}", fix="loftbox logs shows what happened")
    return event


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt to deliver, and what it was part of."""

    delivery: Delivery
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Posted:
    """One POST to a webhook, and what it was part of."""

    url: str
    notification: Notification
    attempt: NotificationAttempt


@dataclass(frozen=True, slots=True)
class Trace:
    """The whole story of one thing: what happened, each attempt to deliver, each POST."""

    events: tuple[Event, ...]
    notified: frozenset[str]
    tried: tuple[Tried, ...]
    posted: tuple[Posted, ...]


def trace(tx: Tx, thing: str, viewer: Viewer) -> Trace:
    """Tell everything about a request, message, thread, approval, delivery, event or notification.

    Raises BadInput for another id, NotFound for what is not there or not the viewer's.
    """
    told = _events_about(tx, thing, viewer)
    if not told:
        raise NotFound(f"nothing is known of {thing}", fix="loftbox logs shows what happened")
    urls = {each.id: each.url for each in tx.endpoints.all(**viewer.only)}
    notifications = [each for each in notifications_of(tx, told) if each.endpoint_id in urls]
    return Trace(
        told,
        frozenset(each.event_id for each in notifications),
        tuple(
            Tried(delivery, attempt)
            for delivery in _deliveries_about(tx, thing, told)
            for attempt in tx.attempts.all(delivery_id=delivery.id)
        ),
        tuple(
            Posted(urls[each.endpoint_id], each, attempt)
            for each in notifications
            for attempt in tx.notification_attempts.all(notification_id=each.id)
        ),
    )


def _events_about(tx: Tx, thing: str, viewer: Viewer) -> tuple[Event, ...]:
    match thing.partition("_")[0]:
        case "req":
            about = {"request_id": thing}
        case "msg":
            about = {"message_id": thing}
        case "thread":
            about = {"thread_id": thing}
        case "apr":
            about = {"message_id": _message_id(tx.approvals.find(id=thing))}
        case "dlv":
            about = {"message_id": _message_id(tx.deliveries.find(id=thing))}
        case "evt":
            return _around(tx, find(tx, thing, viewer), viewer)
        case "ntf":
            notification = tx.notifications.find(id=thing)
            return _around(tx, find(tx, notification.event_id, viewer), viewer) if notification else ()
        case _:
            raise BadInput(
                f"{thing} cannot be traced",
                fix="give the id of a request, message, thread, approval, delivery, event or notification",
                field="id",
            )
    found = _every(tx, {**about, **viewer.only})
    if thing.startswith("dlv_"):  # its message's story, without the other recipients
        found = [event for event in found if event.delivery_id in (None, thing)]
    if thing.startswith(
        "req_"
    ):  # what became of its messages, also by requests of others: an approval is one
        messages = dict.fromkeys(event.message_id for event in found if event.message_id is not None)
        told = [event for each in messages for event in _every(tx, {"message_id": each, **viewer.only})]
        found = sorted({event.seq: event for event in (*found, *told)}.values(), key=lambda event: event.seq)
    return tuple(found)


def _around(tx: Tx, event: Event, viewer: Viewer) -> tuple[Event, ...]:
    """The story that an event is part of: that of its message, else of its thread, else the event alone."""
    if event.message_id is not None:
        return tuple(_every(tx, {"message_id": event.message_id, **viewer.only}))
    if event.thread_id is not None:
        return tuple(_every(tx, {"thread_id": event.thread_id, **viewer.only}))
    return (event,)


def _every(tx: Tx, where: Mapping[str, str]) -> list[Event]:
    """All events that fit, oldest first."""
    found: list[Event] = []
    place = 0
    while part := tx.journal.after(place, _AT_ONCE, **where):
        found += part
        place = part[-1].seq
    return found


def _message_id(part: Approval | Delivery | None) -> str:
    return "" if part is None else part.message_id


def _deliveries_about(tx: Tx, thing: str, told: Collection[Event]) -> list[Delivery]:
    if thing.startswith("dlv_"):
        return [tx.deliveries.get(thing)]
    messages = dict.fromkeys(event.message_id for event in told if event.message_id is not None)
    return [delivery for message_id in messages for delivery in tx.deliveries.all(message_id=message_id)]


def seq_of(cursor: str) -> int:
    """Read a cursor; raises BadInput."""
    if not (cursor.isascii() and cursor.isdecimal()) or len(cursor) > 18:
        raise BadInput(f"the cursor {cursor} points nowhere", fix=NEXT_CURSOR, field="cursor")
    return int(cursor)
