"""Messages as people and agents read them."""

from dataclasses import dataclass

from loftbox_cli.core.delivery import Attempt
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.services.standing import Standing, sees, standing, visible
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Whole:
    """A message with each attempt of its deliveries."""

    standing: Standing
    attempts: tuple[Attempt, ...]


def page(
    tx: Tx, page: Page, viewer: Viewer, *, mailbox: str = "", direction: Direction | None = None
) -> PageOf[Standing]:
    """Messages, newest first."""
    where = visible(tx, viewer, mailbox)
    if direction is not None:
        where["direction"] = direction
    found = tx.messages.page(page, **where)
    return PageOf(tuple(standing(tx, message) for message in found.items), found.cursor)


def find(tx: Tx, message_id: str, viewer: Viewer) -> Message:
    """One message; one of another agent's mailbox is NotFound."""
    message = tx.messages.find(id=message_id)
    if message is None or not sees(tx, viewer, message.mailbox_id):
        raise NotFound(f"there is no message {message_id}", fix="loftbox message list shows what there is")
    return message


def show(tx: Tx, message_id: str, viewer: Viewer) -> Whole:
    """One message with its deliveries and each attempt."""
    shown = standing(tx, find(tx, message_id, viewer))
    attempts = tuple(
        attempt for delivery in shown.deliveries for attempt in tx.attempts.all(delivery_id=delivery.id)
    )
    return Whole(shown, attempts)


def raw(tx: Tx, message_id: str, viewer: Viewer) -> tuple[Message, bytes]:
    """The stored bytes of one message."""
    message = find(tx, message_id, viewer)
    return message, tx.raw(message.blob)
