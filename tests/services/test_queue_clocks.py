"""What time does to what waits, and what a pause keeps it from doing."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.errors import Paused
from loftbox_cli.core.events import EventType
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.telling import sentence
from loftbox_cli.services import deliveries, pauses
from tests.services.house import ANNA, BUSY, SILENCE, TAKEN, House, opened_house

PLACES = {
    PauseScope.GATEWAY: "gateway",
    PauseScope.DOMAIN: "example.com",
    PauseScope.AGENT: "bot",
    PauseScope.MAILBOX: "help@example.com",
    PauseScope.DESTINATION: "peer.test",
}


def pause(house: House, scope: PauseScope) -> None:
    house.do(
        pauses.pause, scope, PLACES[scope], by=ANNA, why="checking", request_id=house.request(), now=house.now
    )


def resume(house: House, scope: PauseScope) -> None:
    house.do(pauses.resume, scope, PLACES[scope], by=ANNA, request_id=house.request(), now=house.now)


def queued(house: House, **with_: timedelta) -> Delivery:
    """A delivery of the agent "bot"; `expires_after` sets its end."""
    (delivery,) = house.send(house.mailbox(agent=house.agent("bot"))).deliveries
    if span := with_.get("expires_after"):
        expires_at = house.now + span
        look_at = min(expires_at, house.now + timedelta(minutes=15))
        delivery = replace(delivery, expires_at=expires_at, look_at=look_at)
        house.do(lambda tx: tx.deliveries.save(delivery))
    return delivery


def wait(house: House, **span: float) -> None:
    house.clock.advance(**span)
    house.pass_time()


def test_a_delay_is_told_twice_however_often_the_delivery_is_tried(house: House) -> None:
    queued(house)
    for _ in range(100):
        for claimed in house.claim():
            house.record(claimed, BUSY)
        wait(house, minutes=10)
    told = house.told(EventType.MESSAGE_DELAYED)
    assert [event.data["detail"] for event in told] == [
        "not delivered after 20m: 451 4.7.1 Greylisted, come again",
        "not delivered after 4h: 451 4.7.1 Greylisted, come again",
    ]
    assert sentence(told[0]).text == f"Delivery delayed: {told[0].data['detail']}"
    assert len(house.told(EventType.MESSAGE_RETRIED)) > 2


def test_a_delay_of_many_hours_that_nobody_saw_is_told_once(house: House) -> None:
    queued(house)
    wait(house, hours=5)
    wait(house, minutes=1)
    assert len(house.told(EventType.MESSAGE_DELAYED)) == 1


def test_what_arrives_soon_is_never_told_to_be_late(house: House) -> None:
    queued(house)
    (claimed,) = house.claim()
    house.record(claimed, TAKEN)
    wait(house, days=1)
    assert house.told(EventType.MESSAGE_DELAYED) == []


@pytest.mark.rule("O13")
def test_a_delivery_expires_at_its_time_and_is_told(house: House) -> None:
    delivery = queued(house, expires_after=timedelta(hours=1))
    (claimed,) = house.claim()
    house.record(claimed, BUSY)
    wait(house, minutes=59)
    assert house.delivery(delivery).state is DeliveryState.QUEUED
    wait(house, minutes=1)
    expired = house.delivery(delivery)
    assert expired.state is DeliveryState.EXPIRED
    assert (expired.next_at, expired.settled_at) == (None, house.now)
    (told,) = house.told(EventType.MESSAGE_EXPIRED)
    assert told.delivery_id == delivery.id
    assert told.data["detail"] == "not delivered within 1h: 451 4.7.1 Greylisted, come again"
    assert house.claim() == []


def test_what_expired_while_nobody_looked_is_not_sent(house: House) -> None:
    delivery = queued(house, expires_after=timedelta(minutes=2))
    house.clock.advance(minutes=3)
    assert house.claim() == []
    assert house.delivery(delivery).state is DeliveryState.EXPIRED


def test_what_expires_on_its_way_may_still_arrive(house: House) -> None:
    delivery = queued(house, expires_after=timedelta(minutes=2))
    (claimed,) = house.claim()
    wait(house, minutes=3)
    assert house.delivery(delivery).state is DeliveryState.SENDING
    assert house.record(claimed, TAKEN).state is DeliveryState.DELIVERED


def test_an_uncertain_delivery_expires_too(house: House) -> None:
    delivery = queued(house, expires_after=timedelta(minutes=4))
    (claimed,) = house.claim()
    house.hand_over(claimed)
    house.record(claimed, SILENCE)
    wait(house, minutes=4)
    assert house.delivery(delivery).state is DeliveryState.EXPIRED


def test_what_no_try_came_for_is_given_up_one_wait_after_its_last_try_was_due(house: House) -> None:
    delivery = queued(house)
    wait(house, days=5, hours=5)
    assert house.delivery(delivery).state is DeliveryState.QUEUED
    wait(house, hours=1)
    assert house.delivery(delivery).state is DeliveryState.FAILED
    (told,) = house.told(EventType.MESSAGE_FAILED)
    assert told.data["detail"] == "gave up after 5d6h: no try was possible"


@pytest.mark.parametrize("scope", list(PauseScope))
def test_the_clocks_of_what_is_paused_stand_still(house: House, scope: PauseScope) -> None:
    delivery = queued(house, expires_after=timedelta(hours=1))
    wait(house, minutes=10)
    pause(house, scope)
    wait(house, days=30)
    resume(house, scope)
    wait(house, minutes=49)
    assert house.delivery(delivery).state is DeliveryState.QUEUED
    assert len(house.told(EventType.MESSAGE_DELAYED)) == 1
    wait(house, minutes=1)
    assert house.delivery(delivery).state is DeliveryState.EXPIRED
    assert house.told(EventType.MESSAGE_EXPIRED)[0].data["detail"] == "not delivered within 1h"


@pytest.mark.rule("O13")
def test_the_five_days_of_what_is_paused_stand_still(house: House) -> None:
    queued(house)
    pause(house, PauseScope.MAILBOX)
    house.clock.advance(days=7)
    resume(house, PauseScope.MAILBOX)
    (claimed,) = house.claim()
    assert house.record(claimed, BUSY).state is DeliveryState.QUEUED
    house.clock.advance(days=5)
    (claimed,) = house.claim()
    assert house.record(claimed, BUSY).state is DeliveryState.FAILED


def test_pauses_that_overlap_count_once(house: House) -> None:
    delivery = queued(house, expires_after=timedelta(hours=1))
    pause(house, PauseScope.MAILBOX)
    wait(house, hours=1)
    pause(house, PauseScope.GATEWAY)
    wait(house, hours=1)
    resume(house, PauseScope.MAILBOX)
    wait(house, hours=1)
    assert house.delivery(delivery).state is DeliveryState.QUEUED
    resume(house, PauseScope.GATEWAY)
    wait(house, minutes=59)
    assert house.delivery(delivery).state is DeliveryState.QUEUED
    wait(house, minutes=1)
    assert house.delivery(delivery).state is DeliveryState.EXPIRED


def test_a_pause_from_before_the_message_takes_nothing_from_its_time(house: House) -> None:
    mailbox = house.mailbox()
    pause(house, PauseScope.GATEWAY)
    house.clock.advance(days=9)
    (delivery,) = house.send(mailbox).deliveries
    resume(house, PauseScope.GATEWAY)
    wait(house, minutes=15)
    assert len(house.told(EventType.MESSAGE_DELAYED)) == 1
    assert house.delivery(delivery).delays_told == 1


def test_the_clocks_stand_still_over_a_restart(tmp_path: Path) -> None:
    with opened_house(tmp_path) as house:
        delivery = queued(house, expires_after=timedelta(hours=1))
        pause(house, PauseScope.GATEWAY)
        wait(house, days=2)
        again = type(house.store)(house.path, mint=house.mint)
        assert again.write(lambda tx: tx.pauses.all())[0].scope is PauseScope.GATEWAY
        again.close()
        resume(house, PauseScope.GATEWAY)
        wait(house, minutes=59)
        assert house.delivery(delivery).state is DeliveryState.QUEUED


def test_a_pause_stops_what_is_claimed_before_it_is_handed_over(house: House) -> None:
    queued(house)
    (claimed,) = house.claim()
    pause(house, PauseScope.MAILBOX)
    error = house.refuses(Paused, deliveries.hand_over, claimed.id, claimed.fence, now=house.now)
    assert error.fact == f"delivery {claimed.id} is paused: mailbox"
    put_back = house.do(deliveries.put_back, claimed.id, claimed.fence, now=house.now)
    assert (put_back.state, put_back.attempts) == (DeliveryState.QUEUED, 0)
    resume(house, PauseScope.MAILBOX)
    assert len(house.claim()) == 1


def test_what_was_handed_over_before_the_pause_is_recorded(house: House) -> None:
    queued(house)
    (claimed,) = house.claim()
    house.hand_over(claimed)
    pause(house, PauseScope.GATEWAY)
    assert house.record(claimed, TAKEN).state is DeliveryState.DELIVERED
