"""What a transaction remembers, and what the store tells of a commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from loftbox_cli.core.errors import Conflict
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services import deliveries
from loftbox_cli.services.tx import Queue, Tx
from tests.services.house import TAKEN, House


def test_a_verb_sees_what_it_has_just_changed(house: House) -> None:
    mailbox = house.mailbox()

    def rename(tx: Tx) -> str:
        before = tx.mailboxes.get(mailbox.id)
        tx.mailboxes.save(replace(before, display_name="Help desk"))
        return tx.mailboxes.get(mailbox.id).display_name

    assert house.do(rename) == "Help desk"


def test_what_a_failed_verb_wrote_is_seen_by_nobody(house: House) -> None:
    mailbox = house.mailbox()

    def break_off(tx: Tx) -> None:
        tx.mailboxes.save(replace(mailbox, display_name="never"))
        assert tx.mailboxes.get(mailbox.id).display_name == "never"
        raise Conflict("it breaks off")

    with pytest.raises(Conflict):
        house.do(break_off)
    assert house.do(lambda tx: tx.mailboxes.get(mailbox.id)) == mailbox


def test_a_look_sees_what_another_process_has_committed(house: House) -> None:
    mailbox = house.mailbox()
    other = SqliteStore(house.path, mint=house.mint)
    try:
        assert house.see(lambda tx: tx.mailboxes.get(mailbox.id)) == mailbox
        changed = replace(mailbox, display_name="Help desk")
        other.write(lambda tx: tx.mailboxes.save(changed))
        assert house.see(lambda tx: tx.mailboxes.get(mailbox.id)) == changed
        assert house.do(lambda tx: tx.mailboxes.get(mailbox.id)) == changed
    finally:
        other.close()


@contextmanager
def filled(house: House) -> Iterator[list[Queue]]:
    """The queues into which the commits inside put something; the list is whole after the block."""
    heard: list[Queue] = []
    house.store.on_filled(heard.append)
    yield heard
    house.store.close()


def test_a_released_message_fills_the_queue_of_deliveries(house: House) -> None:
    mailbox = house.mailbox()
    with filled(house) as heard:
        house.send(mailbox)
    assert heard == [Queue.DELIVERIES]


def test_carrying_a_message_fills_no_queue(house: House) -> None:
    house.send(house.mailbox())
    with filled(house) as heard:
        (claimed,) = house.claim()
        house.hand_over(claimed)
        house.record(claimed, TAKEN)
    assert heard == []


def test_a_claim_that_is_put_back_fills_the_queue_again(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    with filled(house) as heard:
        house.do(deliveries.put_back, claimed.id, claimed.fence, now=house.now)
    assert heard == [Queue.DELIVERIES]


def test_mail_that_comes_in_fills_two_queues_one_after_the_other(house: House) -> None:
    house.mailbox()
    house.endpoint()
    with filled(house) as heard:
        house.receive("help@example.com")
    assert heard == [Queue.ARRIVALS, Queue.NOTIFICATIONS]
