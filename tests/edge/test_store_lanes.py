"""Which deliveries the store hands out: none stands in the way of another."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.pacing import Lane, Slots
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.edge.store import lanes
from loftbox_cli.services import pauses
from loftbox_cli.services.tx import Tx
from tests.services.house import ANNA, House, opened_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path) as opened:
        yield opened


def fill(house: House, *queued: tuple[str, int]) -> Delivery:
    """Queue so many for each destination, in this order, a second apart; answers the first."""
    (first,) = house.send(house.mailbox(), "jane@first.test").deliveries
    seconds = iter(range(1, 1_000_000))

    def add(tx: Tx) -> None:
        for destination, count in queued:
            for number in range(count):
                tx.deliveries.add(
                    replace(
                        first,
                        id=DeliveryId(f"dlv_{destination}_{number:06}"),
                        recipient=f"jane@{destination}",
                        destination=destination,
                        next_at=first.queued_at + timedelta(seconds=next(seconds)),
                    )
                )

    house.do(add)
    house.clock.advance(days=1)
    return first


def taken(house: House, slots: Slots) -> Counter[str]:
    found = house.see(lambda tx: tx.due.deliveries(house.now, slots))
    return Counter(each.destination for each in found)


def saved(tx: Tx, gone: list[Delivery]) -> None:
    for each in gone:
        tx.deliveries.save(each)


MANY = lanes.WINDOW * 3


@pytest.mark.rule("O12")
def test_a_destination_with_thousands_in_front_holds_nobody_up(house: House) -> None:
    fill(house, ("busy.test", MANY), ("one.test", 2), ("two.test", 1))
    assert taken(house, Slots(10, 3)) == {"first.test": 1, "busy.test": 3, "one.test": 2, "two.test": 1}


def test_a_destination_that_is_full_is_passed_over_however_much_waits_for_it(house: House) -> None:
    first = fill(house, ("busy.test", MANY), ("one.test", 2))
    slots = Slots(10, 3, room={"busy.test": 0, "first.test": 0})
    assert taken(house, slots) == {"one.test": 2}
    soonest = house.see(lambda tx: tx.due.next_delivery(slots))
    assert soonest == first.queued_at + timedelta(seconds=MANY + 1)


def test_nothing_is_due_when_everybody_is_full(house: House) -> None:
    fill(house, ("busy.test", MANY))
    slots = Slots(10, 3, room={"busy.test": 0, "first.test": 0})
    assert taken(house, slots) == {}
    assert house.see(lambda tx: tx.due.next_delivery(slots)) is None


def test_those_who_wait_longest_get_the_last_slots(house: House) -> None:
    fill(house, ("busy.test", MANY), ("late.test", 1), *((f"d{n:03}.test", 1) for n in range(20)))
    slots = Slots(5, 5, room={"busy.test": 0, "first.test": 0})
    assert taken(house, slots) == dict.fromkeys(
        ("late.test", "d000.test", "d001.test", "d002.test", "d003.test"), 1
    )


def test_what_is_not_due_yet_is_left_alone(house: House) -> None:
    first = fill(house, ("busy.test", MANY), ("one.test", 1))
    slots = Slots(10, 3, room={"busy.test": 0, "first.test": 0})
    early = first.queued_at + timedelta(seconds=MANY)
    assert house.see(lambda tx: tx.due.deliveries(early, slots)) == []


def test_every_lane_gets_its_turn_until_all_is_drained(house: House) -> None:
    fill(house, ("busy.test", MANY), *((f"d{n:03}.test", 3) for n in range(60)))
    for _ in range(20):
        found = house.see(lambda tx: tx.due.deliveries(house.now, Slots(20, 2, room={"busy.test": 5})))
        gone = [replace(each, state=DeliveryState.DELIVERED, next_at=None) for each in found]
        house.do(saved, gone)
        assert Counter(each.destination for each in found)["busy.test"] <= 5
        assert max(Counter(each.destination for each in found).values()) <= 5
    left = house.see(lambda tx: tx.deliveries.all(state=DeliveryState.QUEUED))
    assert {each.destination for each in left} == {"busy.test"}


def test_what_is_found_by_an_old_list_and_by_a_new_one_is_taken_once(house: House) -> None:
    fill(house, ("busy.test", MANY), ("one.test", 1), ("two.test", 1))
    full = {"busy.test": 0, "first.test": 0}
    assert taken(house, Slots(1, 1, room=full)) == {"one.test": 1}
    assert taken(house, Slots(10, 5, room=full)) == {"two.test": 1, "one.test": 1}


def test_two_destinations_behind_one_site_share_its_room(house: House) -> None:
    first = fill(house, ("one.test", 5), ("two.test", 5))
    site_of = {Lane(first.domain_id, name): "mx.test" for name in ("one.test", "two.test")}
    found = taken(house, Slots(10, 5, site_of, {"mx.test": 3, "first.test": 0}))
    assert found.total() == 3


@pytest.mark.parametrize(
    ("scope", "name"), [(PauseScope.DESTINATION, "busy.test"), (PauseScope.MAILBOX, "help@example.com")]
)
def test_a_paused_crowd_hides_nobody_who_may_go(house: House, scope: PauseScope, name: str) -> None:
    fill(house, ("busy.test", MANY))
    (other,) = house.send(house.mailbox("two@example.com"), "joe@other.test").deliveries
    house.do(pauses.pause, scope, name, by=ANNA, why="", request_id=house.request(), now=house.now)
    slots = Slots(10, 3, room={"first.test": 0})
    assert taken(house, slots) == {"other.test": 1}
    assert house.see(lambda tx: tx.due.next_delivery(slots)) == other.next_at
