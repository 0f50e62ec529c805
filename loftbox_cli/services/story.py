"""Telling an event in the transaction of the change that it tells."""

from collections.abc import Mapping
from datetime import datetime

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.ids import DeliveryId, EventId, RequestId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.thread import Thread
from loftbox_cli.services.tx import Tx


def tell(
    tx: Tx, kind: EventType, request_id: RequestId, now: datetime, data: Mapping[str, JSON] | None = None
) -> Event:
    """Tell something about the gateway, a domain or an endpoint."""
    return tx.journal.tell(Event(0, EventId(tx.mint("evt")), kind, now, request_id, data=data or {}))


def tell_of_mailbox(
    tx: Tx,
    kind: EventType,
    mailbox: Mailbox,
    request_id: RequestId,
    now: datetime,
    data: Mapping[str, JSON] | None = None,
) -> Event:
    """Tell something about a mailbox."""
    return tx.journal.tell(
        Event(
            0,
            EventId(tx.mint("evt")),
            kind,
            now,
            request_id,
            mailbox=mailbox.address,
            mailbox_id=mailbox.id,
            agent_id=mailbox.agent_id,
            data=data or {},
        )
    )


def tell_of_thread(
    tx: Tx,
    kind: EventType,
    thread: Thread,
    request_id: RequestId,
    now: datetime,
    data: Mapping[str, JSON] | None = None,
) -> Event:
    """Tell something about a thread."""
    mailbox = tx.mailboxes.get(thread.mailbox_id)
    return tx.journal.tell(
        Event(
            0,
            EventId(tx.mint("evt")),
            kind,
            now,
            request_id,
            mailbox=mailbox.address,
            mailbox_id=mailbox.id,
            thread_id=thread.id,
            agent_id=mailbox.agent_id,
            data=data or {},
        )
    )


def tell_of_message(
    tx: Tx,
    kind: EventType,
    message: Message,
    now: datetime,
    data: Mapping[str, JSON] | None = None,
    *,
    delivery_id: DeliveryId | None = None,
    request_id: RequestId | None = None,
) -> Event:
    """Tell something about a message; `request_id` is given when another request than its own caused it."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    return tx.journal.tell(
        Event(
            0,
            EventId(tx.mint("evt")),
            kind,
            now,
            request_id or message.request_id,
            mailbox=mailbox.address,
            mailbox_id=mailbox.id,
            thread_id=message.thread_id,
            message_id=message.id,
            delivery_id=delivery_id,
            agent_id=mailbox.agent_id,
            data=data or {},
        )
    )
