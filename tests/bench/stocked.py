"""Gateways with much stored mail: some conversations by the product's own verbs, then copies of them.

A conversation is four messages: a person writes, the agent answers, the person answers
that, and the agent again. What belongs to them is there: arrivals, raw mail, threads,
participants, events, deliveries with an attempt each, webhooks for what came in, and
the words to search. One message in five minutes lies between the first and now.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.store import file
from loftbox_cli.edge.system.chance import Mint
from loftbox_cli.edge.system.clock import SystemClock
from loftbox_cli.services import mailboxes
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.tx import EVERYTHING
from loftbox_cli.wiring import LoftBox
from tests.bench.copies import CROWD, TABLES, Copier, copies, ends
from tests.bench.desk import Desk
from tests.bench.served import filled
from tests.serve.gateway import Gateway, new_gateway
from tests.serve.prepared import DOMAIN, FREE, Keys, add_webhook

CONVERSATIONS = 250
MESSAGES = 4 * CONVERSATIONS
EVERY = timedelta(minutes=5)
MAILBOXES = (FREE, *(f"desk{number}@{DOMAIN}" for number in range(1, 10)))
RARE = "quinquereme"  # a word that only one conversation of each copy has
WEBHOOK = "http://127.0.0.1:1099/hook"


class PastClock:
    """A clock that is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """What it shows."""
        return self.at


@dataclass(frozen=True, slots=True)
class Stocked:
    """A gateway with so many messages."""

    gateway: Gateway
    keys: Keys
    messages: int


def stocked(folder: Path, messages: int) -> Stocked:
    """Fill a new store; `messages` is a multiple of a thousand."""
    count = messages // MESSAGES
    begin = SystemClock().now() - count * MESSAGES * EVERY
    gateway, keys = filled(folder)
    with gateway.opened(alone=True) as loftbox:
        add_webhook(loftbox, WEBHOOK, "message.received", "message.reply.received")
        for address in MAILBOXES[1:]:
            _add_mailbox(loftbox, address)
    with closing(file.open_writer(gateway.store / "loftbox.db", alone=True)) as connection:
        since = {table: ends(connection, table) for table in TABLES}
    with gateway.opened(alone=True) as loftbox:
        secret = loftbox.tag_secret
    with _opened_in_the_past(gateway, begin) as (desk, clock):
        for number in range(CONVERSATIONS):
            _converse(desk, clock, number)
    with closing(file.open_writer(gateway.store / "loftbox.db", alone=True)) as connection:
        copier = Copier(connection, since, span=MESSAGES * EVERY, tag_secret=secret)
        for done in copies(connection, copier, count - 1):
            if done % 100 == 0:
                sys.stderr.write(f"{done * MESSAGES} messages\n")
    return Stocked(gateway, keys, messages)


@contextlib.contextmanager
def _opened_in_the_past(gateway: Gateway, begin: datetime) -> Iterator[tuple[Desk, PastClock]]:
    clock = PastClock(begin)
    loftbox = LoftBox(gateway.loaded(), alone=True)
    loftbox.mint = Mint(clock).mint
    try:
        yield Desk(loftbox, clock.now), clock
    finally:
        loftbox.close()


def _add_mailbox(loftbox: LoftBox, address: str) -> None:
    first = loftbox.store.glance(find_mailbox, FREE, EVERYTHING)
    assert first.agent_id is not None
    loftbox.store.write(
        mailboxes.create,
        address=address,
        agent_id=first.agent_id,
        display_name="Example",
        oversight=Oversight.AUTONOMOUS,
        metadata={},
        now=loftbox.clock.now(),
    )


def _converse(desk: Desk, clock: PastClock, number: int) -> None:
    """Four messages of one conversation."""
    mailbox = MAILBOXES[number % len(MAILBOXES)]
    person = f"jane{number}.{CROWD}@peer{number % 50}.test"
    subject = f"Table {number} {RARE if number == 0 else 'for four'}"
    letter = desk.letter(person, f"{number}.1.{CROWD}", subject)
    for turn in (3, 5):
        desk.accept(letter, mailbox)
        came = desk.file(letter)
        desk.post()
        clock.at += EVERY
        sent = desk.send(mailbox, person, f"Re: {subject}", came.id)
        desk.carry()
        clock.at += EVERY
        letter = desk.letter(
            person, f"{number}.{turn}.{CROWD}", f"Re: {subject}", sent.message.rfc_message_id
        )


def kept(folder: Path, messages: int) -> Stocked:
    """A store that a run before has left in `folder`, or a new one there."""
    place = folder / str(messages)
    words = place / "keys"
    if words.exists():
        agent, operator = words.read_text().split()
        return Stocked(new_gateway(place), Keys(agent, operator), messages)
    if place.exists():
        shutil.rmtree(place)
    place.mkdir(parents=True)
    made = stocked(place, messages)
    words.write_text(f"{made.keys.agent} {made.keys.operator}")
    return made
