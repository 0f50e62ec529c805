"""Nobody is written to who is not there, or wants no mail; and each such send is seen."""

from datetime import timedelta

import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.errors import BadAddress, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.page import Page
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.suppression import Suppression, SuppressionReason, SuppressionState
from loftbox_cli.services import suppressions
from tests.services.house import ANNA, UNKNOWN, House

OFF = Report(Stage.RCPT, Reply(550, "5.2.1", "The account is disabled"))


def add(house: House, address: str = "jane@peer.test", **by: float) -> Suppression:
    return house.do(
        suppressions.add,
        domain="example.com",
        address=address,
        why="asked by phone",
        expires_at=house.now + timedelta(**by) if by else None,
        by=ANNA,
        now=house.now,
    )


def release(house: House, found: Suppression) -> Suppression:
    return house.do(suppressions.release, found.id, by=ANNA, now=house.now)


@pytest.mark.rule("O20")
def test_a_send_to_a_suppressed_recipient_is_seen_and_goes_nowhere(house: House) -> None:
    mailbox = house.mailbox()
    found = add(house)
    sent = house.send(mailbox, "Jane@peer.test", "john@peer.test")
    assert [each.state for each in sent.deliveries] == [DeliveryState.SUPPRESSED, DeliveryState.QUEUED]
    (event,) = house.told(EventType.MESSAGE_SUPPRESSED)
    assert event.delivery_id == sent.deliveries[0].id
    assert event.data["suppression_id"] == found.id
    assert "loftbox suppression release" in str(event.data["detail"])
    assert [each.recipient for each in house.claim()] == ["john@peer.test"]


def test_what_waits_is_withheld_at_its_next_claim(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox)
    add(house)
    assert house.claim() == []
    after = house.delivery(sent.deliveries[0])
    assert (after.state, after.next_at) == (DeliveryState.SUPPRESSED, None)
    assert after.settled_at == house.now


def test_it_holds_for_one_sending_domain(house: House) -> None:
    house.mailbox()
    add(house)
    other = house.mailbox("help@example.net")
    assert house.send(other).deliveries[0].state is DeliveryState.QUEUED


def test_a_released_recipient_is_written_to_again(house: House) -> None:
    mailbox = house.mailbox()
    released = release(house, add(house))
    assert released.state(house.now) is SuppressionState.RELEASED
    assert house.send(mailbox).deliveries[0].state is DeliveryState.QUEUED
    assert release(house, released) == released


def test_it_ends_by_itself_when_its_time_is_over(house: House) -> None:
    mailbox = house.mailbox()
    found = add(house, days=1)
    house.clock.advance(days=1)
    assert found.state(house.now) is SuppressionState.EXPIRED
    assert house.send(mailbox).deliveries[0].state is DeliveryState.QUEUED


def test_a_mailbox_that_is_switched_off_is_suppressed_at_the_second_message(house: House) -> None:
    mailbox = house.mailbox()
    states = []
    for _ in range(2):
        house.send(mailbox)
        (delivery,) = house.claim()
        house.record(delivery, OFF)
        (found,) = house.see(lambda tx: tx.suppressions.all())
        states.append(found.state(house.now))
    assert states == [SuppressionState.WATCHED, SuppressionState.ACTIVE]
    assert house.send(mailbox).deliveries[0].state is DeliveryState.SUPPRESSED


def test_who_comes_back_and_goes_again_keeps_one_row(house: House) -> None:
    mailbox = house.mailbox()
    first = release(house, add(house))
    house.send(mailbox)
    (delivery,) = house.claim()
    house.record(delivery, UNKNOWN)
    (found,) = house.see(lambda tx: tx.suppressions.all())
    assert (found.id, found.reason) == (first.id, SuppressionReason.RECIPIENT)
    assert found.in_force(house.now)
    assert found.message_id == delivery.message_id


def test_suppressions_are_listed_by_domain_and_address(house: House) -> None:
    house.mailbox()
    jane = add(house)
    john = add(house, "john@peer.test")
    found = house.see(suppressions.page, Page(10), domain="example.com")
    assert [each.id for each in found.items] == [john.id, jane.id]
    found = house.see(suppressions.page, Page(10), address="JANE@peer.test")
    assert [each.id for each in found.items] == [jane.id]


def test_what_is_no_address_and_what_is_no_domain_of_ours_is_refused(house: House) -> None:
    house.mailbox()
    with pytest.raises(BadAddress):
        add(house, "jane")
    with pytest.raises(NotFound):
        house.see(suppressions.page, Page(10), domain="elsewhere.test")
    with pytest.raises(NotFound):
        house.do(suppressions.release, "sup_0000000000000000", by=ANNA, now=house.now)
