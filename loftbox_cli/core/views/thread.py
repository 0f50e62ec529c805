"""How a thread is shown: in a list, and whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.thread import Participant, Thread, ThreadState
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.message import MessageView


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """An address that took part, and the message in which it was first seen."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("address",)

    address: str
    name: str
    first_message_id: MessageId


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadView:
    """A conversation; `total` counts all of its messages."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "last_at", "state", "mailbox", "total", "subject")

    id: ThreadId
    object: Literal["thread"] = "thread"
    state: ThreadState
    mailbox: str
    mailbox_id: MailboxId
    subject: str
    total: int
    created_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView(ThreadView):
    """A thread with who takes part, and one page of its messages, oldest first."""

    participants: tuple[ParticipantView, ...]
    messages: ListView[MessageView]


def thread_view(thread: Thread, *, mailbox: str, total: int) -> ThreadView:
    """Show a thread of the mailbox with this address."""
    return ThreadView(
        id=thread.id,
        state=thread.state,
        mailbox=mailbox,
        mailbox_id=thread.mailbox_id,
        subject=thread.subject,
        total=total,
        created_at=thread.created_at,
        last_at=thread.last_at,
    )


def conversation_view(
    thread: Thread,
    *,
    mailbox: str,
    total: int,
    participants: Sequence[Participant],
    messages: ListView[MessageView],
) -> ConversationView:
    """Show a thread with a page of its messages."""
    return ConversationView(
        id=thread.id,
        state=thread.state,
        mailbox=mailbox,
        mailbox_id=thread.mailbox_id,
        subject=thread.subject,
        total=total,
        created_at=thread.created_at,
        last_at=thread.last_at,
        participants=tuple(
            ParticipantView(address=each.address, name=each.name, first_message_id=each.first_message_id)
            for each in participants
        ),
        messages=messages,
    )
