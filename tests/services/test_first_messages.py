"""The first message of a conversation: whose turn it is, and that nobody looks for a past that it has not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.thread import ThreadState
from loftbox_cli.core.timing import Timing
from loftbox_cli.edge.store import file
from loftbox_cli.services import participants, suppressions
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import Tx
from tests.edge.test_store_memory import Listening
from tests.services.house import ANNA, House, opened_house

JANE, JOE = "jane@peer.test", "joe@other.test"


def sent(house: House) -> Passed:
    return house.send(house.mailbox(), JANE, JOE)


def held(house: House) -> Passed:
    return house.send(house.mailbox(oversight=Oversight.GATED_ALL), JANE)


def scheduled(house: House) -> Passed:
    return house.send(house.mailbox(), JANE, timing=Timing(house.now + timedelta(hours=1), None))


def blocked(house: House) -> Passed:
    domain = house.domain()
    mailbox = house.mailbox()
    house.look(domain, owned=False)
    return house.send(mailbox, JANE)


def suppressed(*addresses: str) -> Callable[[House], Passed]:
    def send(house: House) -> Passed:
        mailbox = house.mailbox()
        for address in addresses:
            house.do(
                suppressions.add,
                domain="example.com",
                address=address,
                why="asked by phone",
                expires_at=None,
                by=ANNA,
                now=house.now,
            )
        return house.send(mailbox, JANE, JOE)

    return send


@pytest.mark.parametrize(
    ("send", "turn"),
    [
        (sent, ThreadState.WAITING),
        (held, ThreadState.WAITING),
        (scheduled, ThreadState.WAITING),
        (blocked, ThreadState.OPEN),
        (suppressed(JANE), ThreadState.WAITING),
        (suppressed(JANE, JOE), ThreadState.OPEN),
    ],
)
def test_a_thread_begins_with_the_turn_that_its_first_message_gives_it(
    house: House, send: Callable[[House], Passed], turn: ThreadState
) -> None:
    thread_id = send(house).message.thread_id

    def asked_anew(tx: Tx) -> ThreadState:
        participants.settle_turn(tx, thread_id)
        return tx.threads.get(thread_id).state

    assert house.see(lambda tx: tx.threads.get(thread_id).state) is turn
    assert house.do(asked_anew) is turn


def test_everything_that_is_told_of_a_first_message_names_its_thread(house: House) -> None:
    passed = sent(house)
    assert {event.thread_id for event in house.told() if event.message_id == passed.message.id} == {
        passed.message.thread_id
    }


def test_nothing_of_a_conversation_is_read_for_its_first_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    ready = file.open_writer

    def listening(*given: Any, **named: Any) -> Any:
        connection = Listening(ready(*given, **named))
        connection.told = told
        return connection

    monkeypatch.setattr(file, "open_writer", listening)
    with opened_house(tmp_path) as house:
        mailbox = house.mailbox()
        house.send(mailbox)
        told.clear()
        house.send(mailbox)

    asked = [sql.partition("FROM")[2].split()[0] for sql in told if sql.startswith("SELECT")]
    assert asked == ['"suppressions"']
    assert not any(sql.startswith("UPDATE") for sql in told)
