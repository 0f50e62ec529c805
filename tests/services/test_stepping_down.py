"""A mailbox that causes trouble comes under closer oversight by itself, and out of it by a person alone."""

import itertools

import pytest

from loftbox_cli.core.actor import DAEMON
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.policy.stepping import THRESHOLDS, Trouble
from tests.services.house import TAKEN, UNKNOWN, House

NUMBERS = itertools.count()  # a recipient that is not there is written to once


def oversight(house: House, mailbox: Mailbox) -> Oversight:
    return house.see(lambda tx: tx.mailboxes.get(mailbox.id)).oversight


def bounce(house: House, mailbox: Mailbox, times: int) -> None:
    for _ in range(times):
        house.send(mailbox, f"nobody{next(NUMBERS)}@peer.test")
        (delivery,) = house.claim()
        house.record(delivery, UNKNOWN)


def test_five_recipients_that_are_not_there_bring_it_down_a_step_with_an_event(house: House) -> None:
    mailbox = house.mailbox()
    bounce(house, mailbox, 4)
    assert oversight(house, mailbox) is Oversight.AUTONOMOUS
    bounce(house, mailbox, 1)
    assert oversight(house, mailbox) is Oversight.MONITORED
    (told,) = house.told(EventType.POLICY_UPDATED)
    assert (told.mailbox_id, told.data["by"], told.data["oversight"], told.data["before"]) == (
        mailbox.id,
        DAEMON.id,
        "monitored",
        "autonomous",
    )
    assert told.data["why"] == "5 bounces within 1 day"


def test_what_was_counted_before_a_step_counts_no_more(house: House) -> None:
    mailbox = house.mailbox()
    bounce(house, mailbox, 9)
    assert oversight(house, mailbox) is Oversight.MONITORED


def test_trouble_that_is_older_than_its_window_counts_no_more(house: House) -> None:
    mailbox = house.mailbox()
    bounce(house, mailbox, 4)
    house.clock.advance(days=1)
    bounce(house, mailbox, 4)
    assert oversight(house, mailbox) is Oversight.AUTONOMOUS


def test_mail_that_arrives_speaks_against_nobody(house: House) -> None:
    mailbox = house.mailbox()
    for number in range(10):
        house.send(mailbox, f"jane{number}@peer.test")
        (delivery,) = house.claim()
        house.record(delivery, TAKEN)
    assert oversight(house, mailbox) is Oversight.AUTONOMOUS
    assert house.see(lambda tx: tx.marks.all()) == []


def test_three_rejections_bring_down_what_is_sampled(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.SAMPLED)
    for number in range(THRESHOLDS[Trouble.REJECTION].count):
        house.reject(house.send(mailbox, f"stranger{number}@peer.test"))
    assert oversight(house, mailbox) is Oversight.GATED_SEND


@pytest.mark.parametrize("lowest", [Oversight.GATED_ALL, Oversight.READ_ONLY])
def test_below_the_last_step_there_is_none(house: House, lowest: Oversight) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    held = [house.send(mailbox) for _ in range(6)]
    house.oversee(mailbox, lowest)
    for each in held:
        house.reject(each)
    assert oversight(house, mailbox) is lowest


def test_it_goes_up_when_a_person_says_so_and_begins_anew(house: House) -> None:
    mailbox = house.mailbox()
    bounce(house, mailbox, 5)
    house.oversee(mailbox, Oversight.AUTONOMOUS)
    assert house.told(EventType.POLICY_UPDATED)[-1].data["by"] == "os:anna"
    bounce(house, mailbox, 4)
    assert oversight(house, mailbox) is Oversight.AUTONOMOUS


def test_what_waited_in_the_queue_is_asked_about_again_after_a_step_down(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.MONITORED)
    bounce(house, mailbox, 4)
    several = [f"jane{number}@peer.test" for number in range(3)]
    for each in several:
        house.send(mailbox, each)
    (delivery, *others) = house.claim()
    house.record(delivery, UNKNOWN)
    assert oversight(house, mailbox) is Oversight.SAMPLED
    for other in others:
        house.record(other, TAKEN)
    house.send(mailbox, "new@peer.test")
    assert house.claim() == []
