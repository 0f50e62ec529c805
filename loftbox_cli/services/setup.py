"""What a new store begins with, and the daemon's word about itself."""

from datetime import datetime

from loftbox_cli.core.ids import MailboxId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.person import Person
from loftbox_cli.services.tx import OPERATOR_FACT, SERVING_FACT, TAGGING_FACT, Fact, Tx


def begin(tx: Tx, *, operator: Person, sealed_tag_secret: bytes, now: datetime) -> Mailbox:
    """Register the operator, and the built-in mailbox that postmaster@ and abuse@ reach."""
    tx.persons.add(operator)
    mailbox = Mailbox(
        id=MailboxId(tx.mint("mbx")),
        address="postmaster",
        domain_id=None,
        agent_id=None,
        display_name="Operator",
        owner=operator.name,
        oversight=Oversight.GATED_ALL,
        metadata={},
        created_at=now,
    )
    tx.mailboxes.add(mailbox)
    tx.facts.add(Fact(OPERATOR_FACT, mailbox.id))
    tx.facts.add(Fact(TAGGING_FACT, sealed_tag_secret.hex()))
    return mailbox


def sealed_tag_secret(tx: Tx) -> bytes:
    """The secret that signs return paths and Message-IDs, as it is stored: sealed."""
    return bytes.fromhex(tx.facts.get(TAGGING_FACT).value)


def serving(tx: Tx, words: str) -> None:
    """Note what the daemon serves, as JSON; "" when it stops."""
    tx.facts.remove(name=SERVING_FACT)
    if words:
        tx.facts.add(Fact(SERVING_FACT, words))
