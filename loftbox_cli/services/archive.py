"""What verbs ask of stored mail beyond equality: words, times, and what messages say of each other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.search import Question
from loftbox_cli.core.thread import Thread
from loftbox_cli.core.thread_tree import Named


@dataclass(frozen=True, slots=True)
class Filter:
    """Which messages: None and "" stand for any. `sender` is an address in lower case."""

    mailbox_ids: frozenset[str] | None = None
    question: Question | None = None
    thread_id: str = ""
    direction: Direction | None = None
    sender: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Borne:
    """A stored message that bears a Message-ID, and its thread."""

    message_id: MessageId
    thread_id: ThreadId


@dataclass(frozen=True, slots=True)
class Outlined:
    """A message of a thread, and what it says of itself and of others."""

    message_id: MessageId
    named: Named


class Archive(Protocol):
    """The questions. All but the lists are point reads."""

    def messages(self, page: Page, wanted: Filter) -> PageOf[Message]:
        """One page of the messages that fit, in the order in which they were stored."""
        ...

    def count(self) -> int:
        """How many messages there are."""
        ...

    def known_before(self, mailbox_id: MailboxId, address: str, message_id: MessageId) -> bool:
        """Whether this address was known in the mailbox before that message."""
        ...

    def settled(self, page: Page, **where: object) -> PageOf[Delivery]:
        """One page of the deliveries that came to their end in some state, in the order of their queueing."""
        ...

    def borne(self, mailbox_id: MailboxId, ids: Collection[str]) -> dict[str, Borne]:
        """The oldest message of a mailbox with each of these Message-IDs."""
        ...

    def mentioned(self, mailbox_id: MailboxId, ids: Collection[str]) -> dict[str, ThreadId]:
        """The first thread of a mailbox that named each of these ids while nothing bore it."""
        ...

    def outline(self, thread_id: ThreadId) -> list[Outlined]:
        """What the messages of a thread say of each other, in the order in which they were stored."""
        ...

    def related(self, thread_id: ThreadId) -> tuple[ThreadId, ...]:
        """Threads that name the same missing message, or of which one names a message of the other."""
        ...

    def threads_with(self, mailbox_id: MailboxId, address: str, since: datetime, limit: int) -> list[Thread]:
        """The threads in which this address is known and something happened since, newest first."""
        ...

    def last_said(self, thread_id: ThreadId) -> Direction | None:
        """Which way the newest message went that anybody waits for an answer to."""
        ...
