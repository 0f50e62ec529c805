"""How a message stands: put together from its deliveries and its approval, never stored."""

from dataclasses import dataclass

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message, state_of
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Standing:
    """A message with its mailbox, its deliveries, its newest approval, and all that in one word."""

    message: Message
    mailbox: Mailbox
    state: str
    deliveries: tuple[Delivery, ...]
    approval: Approval | None


def standing(tx: Tx, message: Message) -> Standing:
    """Say how a message stands."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    if message.direction is Direction.INBOUND:
        return Standing(message, mailbox, message.state.value, (), None)
    deliveries = tuple(tx.deliveries.all(message_id=message.id))
    approvals = tx.approvals.all(message_id=message.id)
    state = state_of(message, [delivery.state for delivery in deliveries])
    return Standing(message, mailbox, state, deliveries, approvals[-1] if approvals else None)


def visible(tx: Tx, viewer: Viewer, mailbox: str) -> dict[str, object]:
    """The condition that a list of messages or threads gets: one mailbox, or all that the viewer sees.

    `mailbox` is an id, an address or "". Raises NotFound for a mailbox that the viewer does not see.
    """
    if mailbox:
        return {"mailbox_id": find_mailbox(tx, mailbox, viewer).id}
    if viewer.agent_id is None:
        return {}
    return {"mailbox_id": frozenset(each.id for each in tx.mailboxes.all(**viewer.only))}


def sees(tx: Tx, viewer: Viewer, mailbox_id: str) -> bool:
    """Whether this mailbox is one of the viewer's."""
    return viewer.agent_id in (None, tx.mailboxes.get(mailbox_id).agent_id)
