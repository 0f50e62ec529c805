from datetime import timedelta

import pytest

from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState
from loftbox_cli.core.domain import Review
from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.events import EventType
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.telling import sentence
from loftbox_cli.services import deliveries, domains, messages, outcomes, pauses
from loftbox_cli.services.tx import EVERYTHING
from tests.services.house import ANNA, BUSY, SCHEDULE, SILENCE, TAKEN, UNKNOWN, House


def pause(house: House, scope: PauseScope, name: str) -> None:
    house.do(pauses.pause, scope, name, by=ANNA, why="checking", request_id=house.request(), now=house.now)


def resume(house: House, scope: PauseScope, name: str) -> None:
    house.do(pauses.resume, scope, name, by=ANNA, request_id=house.request(), now=house.now)


def attempts(house: House, delivery: Delivery) -> list[Attempt]:
    return house.see(lambda tx: tx.attempts.all(delivery_id=delivery.id))


def test_a_claim_commits_the_attempt_and_the_next_try_before_anything_is_dialed(house: House) -> None:
    (queued,) = house.send(house.mailbox()).deliveries
    (claimed,) = house.claim()
    stored = house.delivery(queued)
    assert stored == claimed
    assert stored.state is DeliveryState.SENDING
    assert stored.attempts == 1
    assert stored.next_at == house.now + timedelta(minutes=5)
    assert stored.lease_until == house.now + deliveries.LEASE
    (attempt,) = attempts(house, queued)
    assert (attempt.number, attempt.started_at, attempt.ended_at) == (1, house.now, None)


def test_what_is_claimed_is_not_claimed_again(house: House) -> None:
    house.send(house.mailbox())
    assert len(house.claim()) == 1
    house.clock.advance(days=2)
    assert house.claim() == []


def test_a_carrier_is_given_the_stored_bytes_and_the_keys_of_the_domain(house: House) -> None:
    passed = house.send(house.mailbox())
    (claimed,) = house.claim()
    load = house.load(claimed)
    assert load.message == passed.message
    assert load.domain == "example.com"
    assert load.raw == house.see(lambda tx: tx.raw(passed.message.blob))
    assert [key.selector for key in load.keys] == ["loftbox1"]


def test_a_destination_gets_its_share_of_the_slots_and_no_more(house: House) -> None:
    mailbox = house.mailbox()
    for number in range(3):
        house.send(mailbox, f"a{number}@one.test", f"b{number}@two.test")
    claimed = house.claim(10, each=2)
    assert sorted(each.destination for each in claimed) == ["one.test", "one.test", "two.test", "two.test"]


def test_a_busy_destination_is_passed_over(house: House) -> None:
    house.send(house.mailbox(), "jane@one.test", "joe@two.test")
    assert [each.destination for each in house.claim(busy=("one.test",))] == ["two.test"]
    assert house.see(deliveries.next_at, Slots(1, room={"one.test": 0})) is None
    assert house.see(deliveries.next_at, Slots(1)) == house.now


def test_no_more_is_claimed_than_there_are_slots_and_the_oldest_goes_first(house: House) -> None:
    mailbox = house.mailbox()
    ids = []
    for _ in range(3):
        ids.append(house.send(mailbox).deliveries[0].id)
        house.clock.advance(seconds=1)
    assert [each.id for each in house.claim(2)] == ids[:2]
    assert [each.id for each in house.claim(2)] == ids[2:]


def test_a_delivered_message_is_settled_with_the_words_of_its_peer(house: House) -> None:
    passed = house.send(house.mailbox())
    (claimed,) = house.claim()
    house.hand_over(claimed)
    house.clock.advance(seconds=3)
    ended = house.record(claimed, TAKEN)
    assert ended == house.delivery(claimed)
    assert ended.state is DeliveryState.DELIVERED
    assert (ended.last_code, ended.last_words) == (250, "250 2.0.0 Ok: queued as 4711")
    assert (ended.next_at, ended.lease_until, ended.handover_at) == (None, None, None)
    assert ended.settled_at == house.now
    whole = house.see(messages.show, passed.message.id, EVERYTHING)
    assert whole.standing.state == "delivered"
    (attempt,) = whole.attempts
    assert (attempt.stage, attempt.code, attempt.enhanced, attempt.outcome) == (
        "dot",
        250,
        "2.0.0",
        "delivered",
    )
    assert (attempt.host, attempt.address) == ("mx.peer.test", "192.0.2.1")
    assert attempt.ended_at == house.now
    (event,) = house.told(EventType.MESSAGE_DELIVERED)
    assert event.delivery_id == claimed.id
    assert event.request_id == passed.message.request_id
    assert event.data["words"] == ended.last_words


@pytest.mark.rule("O14")
def test_a_deferred_delivery_waits_for_its_next_try_and_counts_its_attempts(house: House) -> None:
    house.send(house.mailbox())
    for attempt, minutes in enumerate((5, 10, 20), 1):
        (claimed,) = house.claim()
        assert claimed.attempts == attempt
        ended = house.record(claimed, BUSY)
        assert ended.state is DeliveryState.QUEUED
        assert ended.next_at == house.now + timedelta(minutes=minutes)
        house.clock.advance(minutes=minutes, seconds=-1)
        assert house.claim() == []
        house.clock.advance(seconds=1)
    retried = house.told(EventType.MESSAGE_RETRIED)
    assert len(retried) == 3
    # Written like every other time that an event tells.
    assert retried[0].data["next_at"] == "2026-11-21T09:46:02.000Z"


def test_a_refused_delivery_fails_at_once(house: House) -> None:
    passed = house.send(house.mailbox())
    (claimed,) = house.claim()
    assert house.record(claimed, UNKNOWN).state is DeliveryState.FAILED
    assert house.see(messages.show, passed.message.id, EVERYTHING).standing.state == "failed"
    house.clock.advance(days=1)
    assert house.claim() == []
    assert house.told(EventType.MESSAGE_FAILED)[0].data["code"] == 550


def test_silence_after_the_dot_is_shown_as_uncertain_and_tried_again(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    house.hand_over(claimed)
    ended = house.record(claimed, SILENCE)
    assert ended.state is DeliveryState.UNCERTAIN
    assert ended.last_words == "no answer after the dot"
    assert len(house.told(EventType.MESSAGE_UNCERTAIN)) == 1
    house.clock.advance(minutes=5)
    (again,) = house.claim()
    assert again.id == claimed.id
    assert again.handover_at is None
    assert house.record(again, TAKEN).state is DeliveryState.DELIVERED


@pytest.mark.rule("O13")
def test_a_delivery_is_given_up_after_five_days(house: House) -> None:
    house.send(house.mailbox())
    house.clock.advance(days=5, seconds=-1)
    (claimed,) = house.claim()
    assert house.record(claimed, BUSY).state is DeliveryState.QUEUED
    house.clock.advance(hours=6)
    (claimed,) = house.claim()
    ended = house.record(claimed, BUSY)
    assert ended.state is DeliveryState.FAILED
    assert ended.last_words == "451 4.7.1 Greylisted, come again"
    (event,) = house.told(EventType.MESSAGE_FAILED)
    assert event.data["detail"] == "gave up after 5d5h59m59s: 451 4.7.1 Greylisted, come again"
    assert sentence(event).text == f"Delivery failed: {event.data['detail']}"


def test_a_message_with_one_recipient_that_failed_is_partly_delivered(house: House) -> None:
    passed = house.send(house.mailbox(), "jane@peer.test", "joe@other.test")
    one, two = house.claim()
    house.record(one, TAKEN)
    house.record(two, UNKNOWN)
    assert house.see(messages.show, passed.message.id, EVERYTHING).standing.state == "partly_delivered"


def test_handing_over_is_committed_and_lengthens_the_lease(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    house.clock.advance(minutes=9)
    house.hand_over(claimed)
    stored = house.delivery(claimed)
    assert stored.handover_at == house.now
    assert stored.lease_until == house.now + deliveries.LEASE


def test_a_start_requeues_what_nobody_carries_any_more(house: House) -> None:
    house.send(house.mailbox(), "jane@peer.test", "joe@other.test")
    before, after = house.claim()
    house.hand_over(after)
    house.clock.advance(minutes=1)
    house.do(deliveries.void_leases, now=house.now)
    assert house.delivery(before).state is DeliveryState.QUEUED
    assert house.delivery(after).state is DeliveryState.UNCERTAIN
    for claimed in (before, after):
        stored = house.delivery(claimed)
        assert (stored.lease_until, stored.handover_at) == (None, None)
        assert stored.next_at == claimed.next_at
        assert stored.fence > claimed.fence
    assert len(house.told(EventType.MESSAGE_RETRIED)) == 1
    assert len(house.told(EventType.MESSAGE_UNCERTAIN)) == 1
    assert house.do(deliveries.void_leases, now=house.now) == []


def test_an_attempt_that_a_stop_cut_off_is_closed_with_its_outcome(house: House) -> None:
    house.send(house.mailbox(), "jane@peer.test", "joe@other.test")
    before, after = house.claim()
    house.hand_over(after)
    house.clock.advance(minutes=1)
    house.do(deliveries.void_leases, now=house.now)
    for claimed, outcome in ((before, "deferred"), (after, "uncertain")):
        (attempt,) = attempts(house, claimed)
        assert (attempt.outcome, attempt.ended_at) == (outcome, house.now)
        assert attempt.words == house.delivery(claimed).last_words


def test_only_lapsed_leases_are_voided_while_the_daemon_runs(house: House) -> None:
    mailbox = house.mailbox()
    house.send(mailbox)
    (old,) = house.claim()
    house.clock.advance(seconds=deliveries.LEASE.total_seconds() - 1)
    house.send(mailbox)
    (young,) = house.claim()
    assert house.do(deliveries.void_leases, now=house.now, lapsed_only=True) == []
    house.clock.advance(seconds=1)
    assert [each.id for each in house.do(deliveries.void_leases, now=house.now, lapsed_only=True)] == [old.id]
    assert house.delivery(young) == young


def test_an_owner_that_lost_its_lease_hands_over_and_records_nothing(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    house.do(deliveries.void_leases, now=house.now)
    house.refuses(LeaseLost, deliveries.hand_over, claimed.id, claimed.fence, now=house.now)
    house.refuses(
        LeaseLost,
        outcomes.record,
        claimed.id,
        claimed.fence,
        TAKEN,
        schedule=SCHEDULE,
        spread=0.0,
        now=house.now,
    )
    house.refuses(LeaseLost, deliveries.put_back, claimed.id, claimed.fence, now=house.now)


def test_an_attempt_is_recorded_once(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    house.record(claimed, BUSY)
    house.refuses(
        LeaseLost,
        outcomes.record,
        claimed.id,
        claimed.fence,
        TAKEN,
        schedule=SCHEDULE,
        spread=0.0,
        now=house.now,
    )


def test_a_claim_that_is_put_back_counts_as_no_attempt(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    house.do(deliveries.put_back, claimed.id, claimed.fence, now=house.now)
    (again,) = house.claim()
    assert again.attempts == 1
    assert again.fence > claimed.fence
    assert house.see(lambda tx: tx.attempts.count(delivery_id=claimed.id)) == 1


@pytest.mark.parametrize("scope", list(PauseScope))
def test_what_is_paused_is_not_claimed_and_goes_on_after_it_is_resumed(
    house: House, scope: PauseScope
) -> None:
    agent = house.agent("bot")
    mailbox = house.mailbox(agent=agent)
    house.send(mailbox)
    name = {
        PauseScope.GATEWAY: "gateway",
        PauseScope.DOMAIN: "example.com",
        PauseScope.AGENT: "bot",
        PauseScope.MAILBOX: "help@example.com",
        PauseScope.DESTINATION: "Peer.test",
    }[scope]
    pause(house, scope, name)
    assert house.claim() == []
    assert house.see(deliveries.next_at, Slots(1)) is None
    assert house.see(lambda tx: tx.due.next_at()) is None
    house.clock.advance(days=1)
    assert house.claim() == []
    resume(house, scope, name)
    assert len(house.claim()) == 1


def test_a_pause_stops_nobody_else(house: House) -> None:
    house.send(house.mailbox("one@example.com"))
    other = house.send(house.mailbox("two@example.org"))
    for scope, name in (
        (PauseScope.MAILBOX, "one@example.com"),
        (PauseScope.AGENT, "bot of one@example.com"),
        (PauseScope.DOMAIN, "example.com"),
    ):
        pause(house, scope, name)
    assert [each.message_id for each in house.claim()] == [other.message.id]


def test_a_delivery_whose_domain_may_not_send_rests_and_the_delay_is_told_with_the_reason(
    house: House,
) -> None:
    (queued,) = house.send(house.mailbox()).deliveries
    house.do(domains.review, "example.com", Review.SUSPENDED, request_id=house.request(), now=house.now)
    assert house.claim() == []
    rested = house.delivery(queued)
    assert rested.state is DeliveryState.QUEUED
    assert rested.attempts == 0
    assert rested.next_at == house.now + deliveries.REST
    house.clock.advance(minutes=15)
    assert house.claim() == []
    house.pass_time()
    (told,) = house.told(EventType.MESSAGE_DELAYED)
    assert told.data["detail"] == f"not delivered after 15m: {rested.last_words}"
    house.do(domains.review, "example.com", Review.APPROVED, request_id=house.request(), now=house.now)
    house.clock.advance(minutes=15)
    assert len(house.claim()) == 1


def test_a_delivery_whose_domain_may_not_send_is_given_up_after_five_days_like_any_other(
    house: House,
) -> None:
    (queued,) = house.send(house.mailbox()).deliveries
    house.do(domains.review, "example.com", Review.SUSPENDED, request_id=house.request(), now=house.now)
    house.clock.advance(days=5)
    assert house.claim() == []
    assert house.delivery(queued).state is DeliveryState.FAILED
    assert len(house.told(EventType.MESSAGE_FAILED)) == 1


def test_an_uncertain_delivery_that_is_put_back_stays_uncertain(house: House) -> None:
    house.send(house.mailbox())
    (first,) = house.claim()
    house.hand_over(first)
    house.record(first, SILENCE)
    house.clock.advance(minutes=10)
    (again,) = house.claim()
    put_back = house.do(deliveries.put_back, again.id, again.fence, now=house.now)
    assert (put_back.state, put_back.attempts) == (DeliveryState.UNCERTAIN, 1)


def test_a_fault_that_nobody_understands_is_tried_again(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    odd = Report(Stage.RCPT, Reply(299, "", "perhaps"))
    assert house.record(claimed, odd).state is DeliveryState.QUEUED


def test_the_next_thing_due_is_the_next_try_or_the_end_of_a_lease(house: House) -> None:
    house.send(house.mailbox())
    assert house.see(lambda tx: tx.due.next_at()) == house.now
    (claimed,) = house.claim()
    assert house.see(lambda tx: tx.due.next_at()) == claimed.lease_until
    house.record(claimed, BUSY)
    assert house.see(lambda tx: tx.due.next_at()) == house.now + timedelta(minutes=5)
