"""Messages as people and agents read them."""

from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.address import comparable, parse_address
from loftbox_cli.core.delivery import Attempt
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.search import question, snippet
from loftbox_cli.services.archive import Filter
from loftbox_cli.services.standing import Standing, sees, standing, visible_mailboxes
from loftbox_cli.services.tx import Tx, Viewer


@dataclass(frozen=True, slots=True)
class Whole:
    """A message with each attempt of its deliveries."""

    standing: Standing
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages; "" and None stand for any.

    `words` are looked for in subject, addresses and text, and are never a language.
    `mailbox` is an id or an address, `sender` an address of From.
    """

    mailbox: str = ""
    thread: str = ""
    direction: Direction | None = None
    sender: str = ""
    words: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ANY = Wanted()


@dataclass(frozen=True, slots=True)
class Found:
    """A message of a list. `snippet` is where the words stand, None when none were looked for."""

    standing: Standing
    snippet: str | None


def page(tx: Tx, page: Page, viewer: Viewer, wanted: Wanted = ANY) -> PageOf[Found]:
    """The messages that fit and that the viewer sees, newest first."""
    asked = None if wanted.words is None else question(wanted.words)
    found = tx.archive.messages(
        page,
        Filter(
            mailbox_ids=visible_mailboxes(tx, viewer, wanted.mailbox),
            question=asked,
            thread_id=wanted.thread,
            direction=wanted.direction,
            sender=comparable(parse_address(wanted.sender, field="from")) if wanted.sender else "",
            since=wanted.since,
            until=wanted.until,
        ),
    )
    return PageOf(
        tuple(Found(standing(tx, each), snippet(each, asked) if asked else None) for each in found.items),
        found.cursor,
    )


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
