"""Who takes part in a thread, and whose turn it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from loftbox_cli.core.address import comparable, parse_address
from loftbox_cli.core.ids import ThreadId
from loftbox_cli.core.message import Direction, Message, MessageState
from loftbox_cli.core.thread import Participant, ThreadState
from loftbox_cli.services.tx import Tx


@dataclass(frozen=True, slots=True)
class Part:
    """Who is named in a message, by the address as a key."""

    address: str
    name: str
    known: bool


def take_part(tx: Tx, message: Message, parts: Iterable[Part], *, begins: bool = False) -> None:
    """Note who takes part; who is known once stays known. Where a thread `begins`, nobody is noted yet."""
    named: dict[str, Part] = {}
    for part in parts:
        before = named.setdefault(part.address, part)
        if part.known and not before.known:
            named[part.address] = replace(before, known=True)
    asked = frozenset() if begins else frozenset(named)
    there = tx.participants.all(thread_id=message.thread_id, address=asked) if asked else []
    for found in there:
        part = named.pop(found.address)
        if part.known and not found.known:
            tx.participants.save(replace(found, known=True))
    for part in named.values():  # one by one: for as few as take part, many at once costs SQLite more
        tx.participants.add(
            Participant(
                message.thread_id, part.address, message.mailbox_id, part.name, part.known, message.id
            )
        )


def settle_turn(tx: Tx, thread_id: ThreadId) -> None:
    """Say whose turn it is, by the newest message that anybody waits for an answer to.

    What was blocked, rejected, given up or sent by a robot leaves the turn where it was.
    A paused or closed thread stays so.
    """
    thread = tx.threads.get(thread_id)
    if thread.state in (ThreadState.PAUSED, ThreadState.CLOSED):
        return
    ours = tx.archive.last_said(thread_id) is Direction.OUTBOUND
    state = ThreadState.WAITING if ours else ThreadState.OPEN
    if state is not thread.state:
        tx.threads.save(replace(thread, state=state))


def take_part_in_ours(tx: Tx, message: Message, *, begins: bool = False) -> None:
    """Note whom a message of ours names: they are known once it was released, for until then nobody wrote.

    The mailbox itself is never known by it: who forges its address is still a stranger.
    A thread that `begins` with the message was made with the turn that it has.
    """
    written_to = message.state is MessageState.RELEASED
    if not begins:
        settle_turn(tx, message.thread_id)
    named = (
        *((party, False) for party in message.from_),
        *((party, written_to) for party in (*message.to, *message.cc)),
    )
    parts = (Part(comparable(parse_address(party.address)), party.name, known) for party, known in named)
    take_part(tx, message, parts, begins=begins)
