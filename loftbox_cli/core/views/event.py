"""How an event is shown: its envelope, which webhooks carry too, and its place in the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from loftbox_cli.core.events import API_VERSION, Event, EventType, envelope
from loftbox_cli.core.ids import EventId, MailboxId, RequestId, ThreadId


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """Something that happened. `seq` counts in commit order; cursors and `Last-Event-ID` use it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("seq", "created_at", "type", "mailbox", "request_id")

    id: EventId
    type: EventType
    api_version: str
    created_at: datetime
    request_id: RequestId
    mailbox: str | None
    mailbox_id: MailboxId | None
    thread_id: ThreadId | None
    data: Mapping[str, Any]
    signature: None
    seq: int


def event_view(event: Event) -> EventView:
    """Show an event; it is signed only for an endpoint."""
    data = envelope(event)["data"]
    return EventView(
        id=event.id,
        type=event.type,
        api_version=API_VERSION,
        created_at=event.created_at,
        request_id=event.request_id,
        mailbox=event.mailbox,
        mailbox_id=event.mailbox_id,
        thread_id=event.thread_id,
        data=data if isinstance(data, Mapping) else {},
        signature=None,
        seq=event.seq,
    )
