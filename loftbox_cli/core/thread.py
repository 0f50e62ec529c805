"""A conversation of one mailbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId


class ThreadState(StrEnum):
    """`open`: the agent's turn. `waiting`: the other side's turn."""

    OPEN = "open"
    WAITING = "waiting"
    PAUSED = "paused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Thread:
    """`last_at` is when the newest message was stored, by our clock."""

    id: ThreadId
    mailbox_id: MailboxId
    subject: str
    state: ThreadState
    created_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Participant:
    """An address that took part, and where it was first seen in the thread.

    It is `known` when it wrote, or when we wrote to it: whom a stranger merely names
    in To or Cc is nobody that we know.
    """

    thread_id: ThreadId
    address: str
    mailbox_id: MailboxId
    name: str
    known: bool
    first_message_id: MessageId
