"""How a past send is shown that another policy would have decided otherwise."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayView:
    """A message with what is decided now (`before`) and what would be (`after`), and why."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "sent_at", "rcpt_to", "subject", "before", "after", "why")

    id: MessageId
    object: Literal["replay"] = "replay"
    sent_at: datetime
    mailbox: str
    rcpt_to: tuple[str, ...]
    subject: str
    before: Answer
    after: Answer
    reasons: tuple[str, ...]
    why: str


def replay_view(message: Message, mailbox: str, *, before: Decision, after: Decision) -> ReplayView:
    """Show what changes."""
    return ReplayView(
        id=message.id,
        sent_at=message.created_at,
        mailbox=mailbox,
        rcpt_to=message.rcpt_to,
        subject=message.subject,
        before=before.answer,
        after=after.answer,
        reasons=after.reasons,
        why=after.detail,
    )
