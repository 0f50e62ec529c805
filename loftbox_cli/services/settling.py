"""How a delivery comes to its end, and how its steps are told."""

from dataclasses import replace
from datetime import datetime, timedelta

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState, Step
from loftbox_cli.core.duration import spell_duration
from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import DeliveryId, RequestId
from loftbox_cli.core.policy.stepping import Trouble
from loftbox_cli.core.response_rules import ResponseClass
from loftbox_cli.services.participants import settle_turn
from loftbox_cli.services.stepping import note_trouble
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx


def leased(tx: Tx, delivery_id: DeliveryId, fence: int) -> Delivery:
    """The delivery that this fence was given for; raises LeaseLost when another claim followed."""
    delivery = tx.deliveries.get(delivery_id)
    if delivery.fence != fence or delivery.state is not DeliveryState.SENDING:
        raise LeaseLost(f"delivery {delivery_id} was taken over")
    return delivery


def running(tx: Tx, delivery: Delivery) -> Attempt:
    """The attempt that the claim began."""
    (attempt,) = tx.attempts.all(delivery_id=delivery.id, number=delivery.attempts)
    return attempt


def settle(
    tx: Tx,
    delivery: Delivery,
    step: Step,
    kind: EventType,
    data: dict[str, JSON],
    now: datetime,
    *,
    request_id: RequestId | None = None,
) -> Delivery:
    """Bring a delivery to its end, and tell it."""
    settled = replace(
        delivery, state=delivery.after(step), next_at=None, look_at=None, lease_until=None, settled_at=now
    )
    tx.deliveries.save(settled)
    tell(tx, kind, settled, now, data, request_id=request_id)
    if step is not Step.SUCCEED:  # nobody answers what never arrived
        settle_turn(tx, tx.messages.get(settled.message_id).thread_id)
    trouble = _trouble(step, settled)
    if trouble is not None:
        message = tx.messages.get(settled.message_id)
        note_trouble(tx, message, trouble, request_id=request_id or message.request_id, now=now)
    return settled


def _trouble(step: Step, delivery: Delivery) -> Trouble | None:
    """What the end of a delivery says against its mailbox: nobody is there, or nobody wants the mail."""
    match step:
        case Step.COMPLAIN:
            return Trouble.COMPLAINT
        case Step.BOUNCE | Step.REFUSE if delivery.last_class == ResponseClass.RECIPIENT:
            return Trouble.BOUNCE
    return None


def give_up(tx: Tx, delivery: Delivery, why: str, now: datetime) -> Delivery:
    """Let a delivery fail that waited too long."""
    data: dict[str, JSON] = {"recipient": delivery.recipient, "detail": why}
    return settle(tx, delivery, Step.GIVE_UP, EventType.MESSAGE_FAILED, data, now)


def call_back(tx: Tx, delivery: Delivery, by: Actor, request_id: RequestId, now: datetime) -> Delivery:
    """End a delivery that waits, because somebody wants it no more."""
    data: dict[str, JSON] = {"recipient": delivery.recipient, "by": by.id}
    return settle(tx, delivery, Step.CANCEL, EventType.MESSAGE_CANCELED, data, now, request_id=request_id)


def expire(tx: Tx, delivery: Delivery, waited: timedelta, now: datetime) -> Delivery:
    """Let a delivery run out that its sender wanted no later."""
    detail = f"not delivered within {spell(waited)}"
    if delivery.last_words:
        detail += f": {delivery.last_words}"
    data: dict[str, JSON] = {"recipient": delivery.recipient, "detail": detail}
    return settle(tx, delivery, Step.EXPIRE, EventType.MESSAGE_EXPIRED, data, now)


def spell(span: timedelta) -> str:
    """Write a span in whole seconds."""
    return spell_duration(timedelta(seconds=int(span.total_seconds())))


def tell(
    tx: Tx,
    kind: EventType,
    delivery: Delivery,
    now: datetime,
    data: dict[str, JSON],
    *,
    request_id: RequestId | None = None,
) -> None:
    """Tell something about a delivery."""
    message = tx.messages.get(delivery.message_id)
    tell_of_message(tx, kind, message, now, data, delivery_id=delivery.id, request_id=request_id)
