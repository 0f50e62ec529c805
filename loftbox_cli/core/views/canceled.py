"""How a message is shown that was called back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from loftbox_cli.core.ids import MessageId, ThreadId
from loftbox_cli.core.views.message import MessageView


@dataclass(frozen=True, slots=True, kw_only=True)
class CanceledView:
    """A message of which nothing more leaves: who gets nothing, and who has it or is just getting it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "state", "canceled", "not_recalled")

    id: MessageId
    object: Literal["canceled_message"] = "canceled_message"
    state: str
    mailbox: str
    thread_id: ThreadId
    canceled: tuple[str, ...]
    not_recalled: tuple[str, ...]


def canceled_view(
    message: MessageView, *, canceled: Sequence[str], not_recalled: Sequence[str]
) -> CanceledView:
    """Show what was called back, and what could not be."""
    return CanceledView(
        id=message.id,
        state=message.state,
        mailbox=message.mailbox,
        thread_id=message.thread_id,
        canceled=tuple(canceled),
        not_recalled=tuple(not_recalled),
    )
