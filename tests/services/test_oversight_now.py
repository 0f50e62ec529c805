"""What the gate let go by itself is looked at again when it is about to leave."""

import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.services import deliveries
from tests.services.house import BUSY, House


@pytest.mark.parametrize("tried", [False, True], ids=["never tried", "tried before"])
def test_a_mailbox_that_comes_under_oversight_keeps_what_no_person_approved(
    house: House, tried: bool
) -> None:
    mailbox = house.mailbox(oversight=Oversight.AUTONOMOUS)
    (delivery,) = house.send(mailbox).deliveries
    if tried:
        house.record(house.claim()[0], BUSY)
        house.clock.advance(hours=1)
    house.oversee(mailbox, Oversight.GATED_ALL)
    assert house.claim() == []
    waiting = house.delivery(delivery)
    assert waiting.state is DeliveryState.QUEUED
    assert waiting.last_words == "every send of this mailbox waits for a person"
    house.clock.advance(minutes=15)
    house.pass_time()
    assert house.told(EventType.MESSAGE_DELAYED)[-1].delivery_id == delivery.id


def test_it_leaves_when_the_oversight_ends(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.AUTONOMOUS)
    (delivery,) = house.send(mailbox).deliveries
    house.oversee(mailbox, Oversight.GATED_ALL)
    house.claim()
    house.oversee(mailbox, Oversight.AUTONOMOUS)
    house.clock.advance(seconds=deliveries.REST.total_seconds())
    assert [each.id for each in house.claim()] == [delivery.id]


def test_what_a_person_approved_is_tried_again_under_oversight(house: House) -> None:
    passed = house.send(house.mailbox(oversight=Oversight.GATED_ALL))
    house.approve(passed)
    house.record(house.claim()[0], BUSY)
    house.clock.advance(hours=1)
    assert len(house.claim()) == 1
