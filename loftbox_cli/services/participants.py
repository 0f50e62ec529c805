"""Who takes part in a thread."""

from dataclasses import replace

from loftbox_cli.core.message import Message
from loftbox_cli.core.thread import Participant
from loftbox_cli.services.tx import Tx


def take_part(tx: Tx, message: Message, address: str, name: str, *, known: bool) -> None:
    """Note that an address takes part; who is known once stays known."""
    found = tx.participants.find(thread_id=message.thread_id, address=address)
    if found is None:
        tx.participants.add(
            Participant(message.thread_id, address, message.mailbox_id, name, known, message.id)
        )
    elif known and not found.known:
        tx.participants.save(replace(found, known=True))
