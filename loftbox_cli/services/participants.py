"""Who takes part in a thread, and whose turn it is."""

from dataclasses import replace

from loftbox_cli.core.address import comparable, parse_address
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.thread import Participant, ThreadState
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


def take_part_in_ours(tx: Tx, message: Message) -> None:
    """Note whom a message of ours names: they are known once it was released, for until then nobody wrote.

    The mailbox itself is never known by it: who forges its address is still a stranger.
    A message that was blocked leaves the turn to the agent.
    """
    written_to = message.state is MessageState.RELEASED
    thread = tx.threads.get(message.thread_id)
    if message.state is not MessageState.BLOCKED and thread.state is ThreadState.OPEN:
        tx.threads.save(replace(thread, state=ThreadState.WAITING))
    for party, known in (
        *((party, False) for party in message.from_),
        *((party, written_to) for party in (*message.to, *message.cc)),
    ):
        take_part(tx, message, comparable(parse_address(party.address)), party.name, known=known)
