"""Whether a gateway kept its word: its store against the ledger, the next hop and the webhook's receiver."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.delivery import Delivery, DeliveryState, Outcome
from loftbox_cli.core.endpoint import NotificationState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.edge.simulator.webhook_receiver import Post
from loftbox_cli.services.tx import ArrivalState, Tx
from tests.serve.hop import Copy
from tests.serve.load import Ledger

RECEIVED = (EventType.MESSAGE_RECEIVED, EventType.MESSAGE_REPLY_RECEIVED)
MOST_EVENTS = 1_000_000


def drained(tx: Tx) -> bool:
    """Whether nothing is left to do."""
    waiting = (
        tx.arrivals.count(state=ArrivalState.ACCEPTED),
        tx.deliveries.count(state=DeliveryState.QUEUED),
        tx.deliveries.count(state=DeliveryState.SENDING),
        tx.deliveries.count(state=DeliveryState.UNCERTAIN),
        tx.notifications.count(state=NotificationState.PENDING),
    )
    return not any(waiting)


def faults(tx: Tx, ledger: Ledger, copies: Sequence[Copy], posts: Sequence[Post]) -> list[str]:
    """Everything that is not as it has to be; nothing, if all is well."""
    messages = tx.messages.all()
    inbound = [message for message in messages if message.direction is Direction.INBOUND]
    outbound = [message for message in messages if message.direction is Direction.OUTBOUND]
    return [
        *_of_mails(tx, inbound, ledger),
        *_of_sends(tx, outbound, ledger, copies),
        *_of_webhooks(tx, posts),
    ]


def _of_mails(tx: Tx, inbound: Sequence[Message], ledger: Ledger) -> Iterator[str]:
    """A 250 is one message with one event and the same bytes, however often it had to be said."""
    kept = Counter(message.rfc_message_id for message in inbound)
    told = Counter(event.message_id for event in tx.journal.after(0, MOST_EVENTS) if event.type in RECEIVED)
    for name in ledger.mails:
        if kept[name] != 1:
            yield f"mail {name} got its 250 and is {kept[name]} messages"
    for message in inbound:
        if message.rfc_message_id not in ledger.mails:
            yield f"message {message.id} is of a mail that nobody sent: {message.rfc_message_id}"
        elif tx.raw(message.blob) != ledger.mails[message.rfc_message_id]:
            yield f"message {message.id} has other bytes than were sent"
        if told[message.id] != 1:
            yield f"message {message.id} came in and has {told[message.id]} events"


def _of_sends(tx: Tx, outbound: Sequence[Message], ledger: Ledger, copies: Sequence[Copy]) -> Iterator[str]:
    """A 202 is one message; released, it arrived; held, it did not."""
    by_id = {message.id: message for message in outbound}
    at_hop = defaultdict(list)
    for copy in copies:
        # A copy that was refused after the dot is not the next hop's.
        if not copy.answer.startswith("4"):
            at_hop[copy.message_id].append(copy)
    subjects = Counter(message.subject for message in outbound)
    yield from (f"{name} is {count} messages" for name, count in subjects.items() if count != 1)
    yield from (f"nobody was answered 202 for {name}" for name in subjects.keys() - ledger.sent.keys())
    for name, answer in ledger.sent.items():
        message = by_id.pop(answer["id"], None)
        if message is None:
            yield f"{name} was answered 202 with {answer['id']}, which is gone"
        elif message.state is MessageState.HELD:
            yield from _of_held(tx, message, len(at_hop.pop(message.rfc_message_id, ())))
        else:
            yield from _of_released(tx, message, len(at_hop.pop(message.rfc_message_id, ())))
    yield from (f"a copy of {name} arrived that nobody sent" for name in at_hop)


def _of_held(tx: Tx, message: Message, arrived: int) -> Iterator[str]:
    if arrived:
        yield f"message {message.id} is held, and arrived"
    if [each.state for each in tx.approvals.all(message_id=message.id)] != [ApprovalState.PENDING]:
        yield f"message {message.id} is held without its one approval"


def _of_released(tx: Tx, message: Message, arrived: int) -> Iterator[str]:
    deliveries = tx.deliveries.all(message_id=message.id)
    if [each.state for each in deliveries] != [DeliveryState.DELIVERED]:
        yield f"message {message.id} has deliveries {[each.state.value for each in deliveries]}"
        return
    if not arrived:
        yield f"message {message.id} is delivered, and never arrived"
    yield from _of_delivery(tx, deliveries[0], arrived)


def _of_delivery(tx: Tx, delivery: Delivery, arrived: int) -> Iterator[str]:
    """More than one copy only where the log says that nobody could know."""
    attempts = tx.attempts.all(delivery_id=delivery.id)
    uncertain = sum(attempt.outcome == Outcome.UNCERTAIN for attempt in attempts)
    told = Counter(event.type for event in tx.journal.after(0, MOST_EVENTS, delivery_id=delivery.id))
    if arrived > 1 + uncertain:
        yield f"delivery {delivery.id} arrived {arrived} times, and {uncertain} attempts are uncertain"
    if told[EventType.MESSAGE_UNCERTAIN] != uncertain:
        yield f"delivery {delivery.id} has {uncertain} uncertain attempts, and its events tell otherwise"
    if told[EventType.MESSAGE_DELIVERED] != 1 or told[EventType.MESSAGE_QUEUED] != 1:
        yield f"delivery {delivery.id} has events {dict(told)}"
    if [each.number for each in attempts] != list(range(1, delivery.attempts + 1)):
        yield f"delivery {delivery.id} counts {delivery.attempts} attempts and has {len(attempts)}"
    if not all(each.ended_at and each.outcome for each in attempts):
        yield f"delivery {delivery.id} has an attempt without an end"


def _of_webhooks(tx: Tx, posts: Sequence[Post]) -> Iterator[str]:
    """Every event was posted, and each time in the same bytes."""
    bodies = defaultdict(set)
    for post in posts:
        bodies[post.headers["webhook-id"]].add(post.body)
        if post.event["id"] != post.headers["webhook-id"]:
            yield f"a webhook names {post.headers['webhook-id']} and tells {post.event['id']}"
    (endpoint,) = tx.endpoints.all()
    events = [each for each in tx.journal.after(0, MOST_EVENTS) if each.created_at >= endpoint.created_at]
    for event in events:
        found = bodies.pop(event.id, set())
        notifications = tx.notifications.all(event_id=event.id)
        if [each.state for each in notifications] != [NotificationState.DELIVERED]:
            yield f"event {event.id} has notifications {[each.state.value for each in notifications]}"
        if len(found) != 1:
            yield f"event {event.id} was posted in {len(found)} forms"
    yield from (f"a webhook told of {name}, which is no event" for name in bodies)
