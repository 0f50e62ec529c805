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


class MatchedBy(StrEnum):
    """What made a message part of its thread, the strongest first.

    `return_path`, `own_message_id` and `subaddress` are signed by us: who uses one saw
    mail of the thread. The others are what a stranger wrote. `message_id`: the same
    sender sent a message of that id before. `late_parent`: earlier messages name it.
    """

    RETURN_PATH = "return_path"
    OWN_MESSAGE_ID = "own_message_id"
    IN_REPLY_TO = "in_reply_to"
    REFERENCES = "references"
    SUBADDRESS = "subaddress"
    MESSAGE_ID = "message_id"
    LATE_PARENT = "late_parent"
    SUBJECT = "subject"
    NOTHING = ""


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
class Mention:
    """A Message-ID that a message of a thread names and that was not there when it came."""

    mailbox_id: MailboxId
    rfc_message_id: str
    thread_id: ThreadId


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
