"""Setting the oversight of a mailbox: by a person in any direction, by trouble only downwards."""

from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.actor import DAEMON, Actor
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message
from loftbox_cli.core.policy.stepping import STEPS, Mark, StepDown, Trouble, after_trouble
from loftbox_cli.services.story import tell_of_mailbox
from loftbox_cli.services.tx import Tx


def set_oversight(
    tx: Tx,
    mailbox: Mailbox,
    oversight: Oversight,
    *,
    by: Actor,
    why: str,
    request_id: RequestId,
    now: datetime,
) -> Mailbox:
    """Write it down with who wanted it; what was held against the mailbox is forgotten with it."""
    if mailbox.oversight is oversight:
        return mailbox
    changed = replace(mailbox, oversight=oversight)
    tx.mailboxes.save(changed)
    tx.marks.remove(mailbox_id=mailbox.id)
    data = {
        "detail": f"{oversight} instead of {mailbox.oversight}{f': {why}' if why else ''}",
        "change": "oversight",
        "oversight": oversight.value,
        "before": mailbox.oversight.value,
        "by": by.id,
        "why": why,
    }
    tell_of_mailbox(tx, EventType.POLICY_UPDATED, changed, request_id, now, data)
    return changed


def note_trouble(tx: Tx, message: Message, trouble: Trouble, *, request_id: RequestId, now: datetime) -> None:
    """Hold a bounce, a complaint or a rejection against the mailbox; too many bring it down a step."""
    mailbox = tx.mailboxes.get(message.mailbox_id)
    if mailbox.oversight not in STEPS:
        return
    tx.marks.add(Mark(tx.mint("mark"), mailbox.id, trouble, message.id, now))
    follows = after_trouble(mailbox.oversight, tx.marks.all(mailbox_id=mailbox.id), now)
    if isinstance(follows, StepDown):
        set_oversight(
            tx, mailbox, follows.oversight, by=DAEMON, why=follows.why, request_id=request_id, now=now
        )
