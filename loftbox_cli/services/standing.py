"""How a message stands: put together from its deliveries and its approval, never stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import SETTLED, Delivery
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message, state_of
from loftbox_cli.core.pause import Pause
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.stops import held_by
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Standing:
    """A message with its mailbox, its deliveries, its newest approval, and all that in one word."""

    message: Message
    mailbox: Mailbox
    state: str
    deliveries: tuple[Delivery, ...]
    approval: Approval | None
    pauses: Mapping[DeliveryId, tuple[Pause, ...]] = field(default_factory=dict)


def standing(tx: Tx, message: Message) -> Standing:
    """Say how a message stands."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    if message.direction is Direction.INBOUND:
        return Standing(message, mailbox, message.state.value, (), None)
    deliveries = tuple(tx.deliveries.all(message_id=message.id))
    approvals = tx.approvals.all(message_id=message.id)
    state = state_of(message, [delivery.state for delivery in deliveries])
    pauses = {each.id: held_by(tx, each) for each in deliveries if each.state not in SETTLED}
    return Standing(message, mailbox, state, deliveries, approvals[-1] if approvals else None, pauses)


def visible_mailboxes(tx: Tx, viewer: Viewer, mailbox: str) -> frozenset[str] | None:
    """The mailboxes that a list of messages or threads is about: one, or all that the viewer sees.

    `mailbox` is an id, an address or ""; None stands for every mailbox. Raises NotFound
    for a mailbox that the viewer does not see.
    """
    if mailbox:
        return frozenset({find_mailbox(tx, mailbox, viewer).id})
    if viewer.agent_id is None:
        return None
    return frozenset(each.id for each in tx.mailboxes.all(**viewer.only))


def visible(tx: Tx, viewer: Viewer, mailbox: str) -> dict[str, object]:
    """Those mailboxes, as the condition that a list gets."""
    among = visible_mailboxes(tx, viewer, mailbox)
    return {} if among is None else {"mailbox_id": among}


def sees(tx: Tx, viewer: Viewer, mailbox_id: str) -> bool:
    """Whether this mailbox is one of the viewer's."""
    return viewer.agent_id in (None, tx.mailboxes.get(mailbox_id).agent_id)
