"""Past sends under another policy: what would have been decided, and what is decided now.

Facts are found out as they were just before each message. Approvals count for
nothing here: what is compared is what the policies say by themselves.
"""

from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.decision import Decision, strictest
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.policy.evaluate import InForce, evaluate
from loftbox_cli.core.policy.rule import Policy
from loftbox_cli.services import facts
from loftbox_cli.services.archive import Filter
from loftbox_cli.services.in_force import policies_for
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.tx import EVERYTHING, Tx


@dataclass(frozen=True, slots=True)
class Replayed:
    """A past message with the decision that the policies in force make, and that of the other ones."""

    message: Message
    mailbox: Mailbox
    before: Decision
    after: Decision


def replay(tx: Tx, policy: Policy, page: Page, *, since: datetime, mailbox: str = "") -> PageOf[Replayed]:
    """Replay a page of sends, newest first, with `policy` in the place of the one of its name.

    Where none of its name is stored, or it holds for nothing, it is added to those in
    force. The page without a cursor is the last one.
    """
    among = frozenset({find_mailbox(tx, mailbox, EVERYTHING).id}) if mailbox else None
    stored = tx.policies.find(name=policy.name)
    found = tx.archive.messages(page, Filter(mailbox_ids=among, direction=Direction.OUTBOUND))
    recent = [each for each in found.items if each.created_at >= since]
    cursor = found.cursor if len(recent) == len(found.items) else ""
    bound = stored is not None and bool(tx.policy_bindings.all(policy_id=stored.id))
    candidate = InForce(stored.id if stored else policy.name, (stored.version if stored else 0) + 1, policy)
    replayed = (_replayed(tx, each, candidate, everywhere=not bound or bool(mailbox)) for each in recent)
    return PageOf(tuple(replayed), cursor)


def _replayed(tx: Tx, message: Message, candidate: InForce, *, everywhere: bool) -> Replayed:
    mailbox = tx.mailboxes.get(message.mailbox_id)
    present = policies_for(tx, mailbox)
    holds = any(each.id == candidate.id for each in present)
    other = tuple(candidate if each.id == candidate.id else each for each in present)
    if everywhere and not holds:
        other = (*other, candidate)
    needs = frozenset().union(*(each.policy.needs for each in (*present, *other)))
    known = facts.gather(tx, message, needs, message.created_at)
    return Replayed(message, mailbox, strictest(evaluate(present, known)), strictest(evaluate(other, known)))
