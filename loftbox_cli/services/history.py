"""What was sent and said before, in the few forms in which policies ask about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from loftbox_cli.core.ids import MailboxId, MessageId, ThreadId
from loftbox_cli.core.message import Direction, MessageState


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of a thread, in short; `senders` are the addresses of its From."""

    id: MessageId
    direction: Direction
    state: MessageState
    senders: tuple[str, ...]
    released_at: datetime | None


class History(Protocol):
    """Counts and looks back; what happened at `until` itself is not part of it."""

    def released(self, mailbox_ids: Collection[MailboxId], since: datetime, until: datetime) -> int:
        """How many messages these mailboxes released."""
        ...

    def released_to(self, recipient: str, since: datetime, until: datetime) -> int:
        """How many messages were released to this address."""
        ...

    def of_thread(self, thread_id: ThreadId, limit: int) -> list[Earlier]:
        """Its messages, newest first."""
        ...

    def first_of_thread(self, thread_id: ThreadId) -> Earlier | None:
        """The message that began it."""
        ...
