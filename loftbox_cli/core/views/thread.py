"""How a thread is shown: in a list, and whole."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.thread import Participant, Thread, ThreadState
from loftbox_cli.core.views.form import ListView
from loftbox_cli.core.views.message import MessageView


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """An address, and the message in which it was first seen.

    It is `known` when it wrote, or when we wrote to it.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = ("address",)

    address: str
    name: str
    known: bool
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
class TurnView(MessageView):
    """A message of a thread; `parent_id` is the message of the same thread that it answers."""

    parent_id: MessageId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationView(ThreadView):
    """A thread with who takes part, and one page of its messages, each before its answers.

    `related` are threads that belong with this one by what their messages name.
    """

    participants: tuple[ParticipantView, ...]
    related: tuple[ThreadId, ...]
    messages: ListView[TurnView]


def turn_view(message: MessageView, parent_id: MessageId | None) -> TurnView:
    """Show a message in its thread."""
    return TurnView(
        **{each.name: getattr(message, each.name) for each in fields(message)}, parent_id=parent_id
    )


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
    related: Sequence[ThreadId],
    messages: ListView[TurnView],
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
            ParticipantView(
                address=each.address,
                name=each.name,
                known=each.known,
                first_message_id=each.first_message_id,
            )
            for each in participants
        ),
        related=tuple(related),
        messages=messages,
    )
