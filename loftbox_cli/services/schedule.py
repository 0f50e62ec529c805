"""Messages that wait for their time: let go when it comes, or called back before.

The gate is asked when a message is taken, and again when it is to leave: what was
fine on Friday may not be so on Monday.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import WAITING, DeliveryState
from loftbox_cli.core.errors import Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.services import asking, gate, participants
from loftbox_cli.services.judging import covers
from loftbox_cli.services.settling import call_back
from loftbox_cli.services.standing import sees
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx, Viewer

MOST_AT_ONCE = 500
_GONE = (
    DeliveryState.SENDING,
    DeliveryState.UNCERTAIN,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


@dataclass(frozen=True, slots=True)
class CalledBack:
    """A message of which nothing more leaves: who gets nothing of it, and who has it or may have it.

    Who stands in both was called back while it was uncertain whether the peer has a copy.
    """

    message: Message
    canceled: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def let_go(tx: Tx, *, now: datetime) -> list[Message]:
    """Take to the gate what was scheduled for now; what nobody wants any more expires."""
    return [_let_go(tx, message, now) for message in tx.due.scheduled(now, MOST_AT_ONCE)]


def _let_go(tx: Tx, message: Message, now: datetime) -> Message:
    if message.expires_at is not None and now >= message.expires_at:
        data: dict[str, JSON] = {"recipients": list(message.rcpt_to), "detail": "its time was over"}
        return _end(tx, message, MessageState.EXPIRED, EventType.MESSAGE_EXPIRED, data, now)
    answered = next((each for each in tx.approvals.all(message_id=message.id) if covers(each, message)), None)
    passed = gate.pass_through(tx, message, answered=answered, request_id=message.request_id, now=now)
    participants.take_part_in_ours(tx, passed.message)
    return passed.message


def cancel(
    tx: Tx, message_id: str, viewer: Viewer, *, by: Actor, request_id: RequestId, now: datetime
) -> CalledBack:
    """Call back what of a message has not left: held, scheduled, or in the queue.

    What is on its way or delivered cannot be recalled, and is answered as `gone`. Doing it
    twice is harmless. Raises NotFound, and Conflict when nothing of it waits.
    """
    message = tx.messages.find(id=message_id)
    if message is None or not sees(tx, viewer, message.mailbox_id):
        raise NotFound(f"there is no message {message_id}", fix="loftbox message list shows what there is")
    if message.direction is Direction.INBOUND:
        raise Conflict(
            f"message {message_id} came in: only what is to leave can be called back",
            fix="name a message that was sent from here",
        )
    match message.state:
        case MessageState.CANCELED:
            return CalledBack(message, message.rcpt_to)
        case MessageState.HELD | MessageState.SCHEDULED:
            return CalledBack(_cancel_waiting(tx, message, by, request_id, now), message.rcpt_to)
        case MessageState.RELEASED:
            return _cancel_released(tx, message, by, request_id, now)
    raise Conflict(
        f"message {message_id} is {message.state}: nothing of it would leave anyway",
        fix=f"loftbox trace {message_id} tells what became of it",
    )


def _cancel_waiting(tx: Tx, message: Message, by: Actor, request_id: RequestId, now: datetime) -> Message:
    asking.call_back(tx, message, by=by, request_id=request_id, now=now)
    data: dict[str, JSON] = {"recipients": list(message.rcpt_to), "by": by.id}
    return _end(
        tx, message, MessageState.CANCELED, EventType.MESSAGE_CANCELED, data, now, request_id=request_id
    )


def _cancel_released(tx: Tx, message: Message, by: Actor, request_id: RequestId, now: datetime) -> CalledBack:
    before = tx.deliveries.all(message_id=message.id)
    after = [call_back(tx, each, by, request_id, now) if each.state in WAITING else each for each in before]
    canceled = tuple(each.recipient for each in after if each.state is DeliveryState.CANCELED)
    if not canceled:
        on_its_way = any(each.state is DeliveryState.SENDING for each in after)
        raise Conflict(
            f"message {message.id} cannot be called back: "
            + ("it is being handed over just now" if on_its_way else "nothing of it waits any more"),
            fix=f"loftbox message show {message.id} says what became of it",
        )
    asking.call_back(tx, message, by=by, request_id=request_id, now=now)
    return CalledBack(message, canceled, tuple(each.recipient for each in before if each.state in _GONE))


def _end(
    tx: Tx,
    message: Message,
    state: MessageState,
    kind: EventType,
    data: dict[str, JSON],
    now: datetime,
    *,
    request_id: RequestId | None = None,
) -> Message:
    ended = replace(message, state=state)
    tx.messages.save(ended)
    participants.settle_turn(tx, ended.thread_id)
    tell_of_message(tx, kind, ended, now, data, request_id=request_id)
    return ended
