"""The door's counts in the store: one fact, and one event for an hour of one kind of refusal."""

from datetime import timedelta

import pytest

from loftbox_cli.core.door_counts import DoorCounts, read_counts
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.refusal import Reason
from loftbox_cli.services import accept, status
from tests.services.house import House

REQUEST = RequestId("req_0000000000000001")


def refuse(house: House, counts: DoorCounts, times: int = 1, domain: str = "example.com") -> None:
    for _ in range(times):
        counts.refused("192.0.2.1", domain, Reason.UNKNOWN_RECIPIENT, house.now)


def write_down(house: House, counts: DoorCounts, *, heard: bool = True) -> None:
    """What the daemon's loop does; not `heard` when it was stopped before it knew of the commit."""
    over = counts.refusals.over(house.now)
    house.do(accept.note_counts, counts.spelled(over), over, request_id=REQUEST, now=house.now)
    if heard:
        counts.refusals.forget(over)


def told(house: House) -> list[Event]:
    return house.see(lambda tx: tx.journal.after(0, 100, type=EventType.MESSAGE_REFUSED))


def again(house: House) -> DoorCounts:
    return read_counts(house.see(accept.door_counts))


def test_an_hour_of_refusals_is_one_event_when_it_is_over(house: House) -> None:
    counts = DoorCounts()
    began = house.now
    refuse(house, counts, 1000)
    write_down(house, counts)
    assert told(house) == []
    house.clock.advance(hours=1)
    refuse(house, counts, 7)
    write_down(house, counts)
    write_down(house, counts)
    (event,) = told(house)
    assert event.data == {
        "peer": "192.0.2.1",
        "domain": "example.com",
        "reason": "unknown_recipient",
        "count": 1000,
        "since": f"{began:%Y-%m-%dT%H}:00:00.000Z",
        "detail": "1000 from 192.0.2.1 for example.com: unknown recipient",
    }
    assert (event.mailbox_id, event.agent_id, event.request_id) == (None, None, REQUEST)


def test_each_domain_and_reason_of_an_hour_has_its_event(house: House) -> None:
    counts = DoorCounts()
    refuse(house, counts, 2)
    refuse(house, counts, 3, domain="other.test")
    counts.refused("192.0.2.1", "other.test", Reason.RELAYING_DENIED, house.now)
    house.clock.advance(hours=1)
    write_down(house, counts)
    assert sorted((each.data["domain"], each.data["reason"], each.data["count"]) for each in told(house)) == [
        ("example.com", "unknown_recipient", 2),
        ("other.test", "relaying_denied", 1),
        ("other.test", "unknown_recipient", 3),
    ]


def test_a_restart_within_the_hour_goes_on_counting(house: House) -> None:
    counts = DoorCounts()
    refuse(house, counts, 2)
    write_down(house, counts)
    counts = again(house)
    refuse(house, counts, 3)
    house.clock.advance(hours=1)
    write_down(house, counts)
    assert [event.data["count"] for event in told(house)] == [5]


def test_an_hour_that_ended_while_nothing_ran_is_told_at_the_next_start(house: House) -> None:
    counts = DoorCounts()
    refuse(house, counts, 2)
    write_down(house, counts)
    house.clock.advance(hours=30)
    write_down(house, again(house))
    write_down(house, again(house))
    assert [event.data["count"] for event in told(house)] == [2]


@pytest.mark.parametrize("restarts", [False, True])
def test_nothing_is_told_twice_when_the_daemon_did_not_hear_of_its_commit(
    house: House, restarts: bool
) -> None:
    counts = DoorCounts()
    refuse(house, counts, 2)
    house.clock.advance(hours=1)
    write_down(house, counts, heard=False)
    write_down(house, again(house) if restarts else counts)
    assert [event.data["count"] for event in told(house)] == [2]


def test_a_full_hour_of_an_attack_fits_into_one_transaction(house: House) -> None:
    counts = DoorCounts()
    for number in range(2000):
        refuse(house, counts, domain=f"{number}.test")
    house.clock.advance(hours=1)
    write_down(house, counts)
    events = house.see(lambda tx: tx.journal.after(0, 3000, type=EventType.MESSAGE_REFUSED))
    assert len(events) == 401
    assert sum(int(str(event.data["count"])) for event in events) == 2000


def test_status_shows_what_was_written_down(house: House) -> None:
    assert house.see(status.status, now=house.now).door.accepted_last_hour == 0
    counts = DoorCounts()
    counts.come()
    counts.accepted(house.now - timedelta(minutes=1))
    refuse(house, counts, 3)
    write_down(house, counts)
    door = house.see(status.status, now=house.now).door
    assert (door.sessions, door.accepted_last_minute, door.accepted_last_hour) == (1, 1, 1)
    assert (door.refused_last_hour, door.refused_by_reason) == (3, {"unknown_recipient": 3})


@pytest.mark.rule("I18")
def test_accepting_a_mail_reads_nothing_of_it_and_tells_nobody_before_the_250(house: House) -> None:
    before = house.see(lambda tx: (tx.messages.count(), tx.threads.count(), tx.journal.last_seq()))
    arrival = house.arrival("postmaster@example.com", raw=b"\xff" * 100)
    house.do(accept.accept, accept.prepare(arrival))
    assert house.see(lambda tx: (tx.messages.count(), tx.threads.count(), tx.journal.last_seq())) == before
    assert house.see(lambda tx: tx.notifications.count()) == 0
