"""The queue in a person's hands: looking, trying again, calling back."""

from datetime import timedelta
from typing import Any

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.errors import BadAddress, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.page import Page
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.retry import MAIL_GIVE_UP_AFTER
from loftbox_cli.core.views.queue import QueuedView
from loftbox_cli.services import messages, outcomes, pauses, queue, shown
from loftbox_cli.services.tx import EVERYTHING, Tx, Viewer
from tests.services.house import ANNA, BUSY, SILENCE, TAKEN, House


def listed(house: House, viewer: Viewer = EVERYTHING, **only: object) -> list[str]:
    found = house.see(lambda tx: queue.page(tx, Page(), viewer, now=house.now, **only))  # type: ignore[arg-type]  # as page() names them
    return [each.delivery.id for each in found.items]


def view(house: House, delivery: Delivery) -> QueuedView:
    def read(tx: Tx) -> QueuedView:
        found = queue.show(tx, delivery.id, EVERYTHING, now=house.now)
        return shown.queued(tx, found, give_up_after=MAIL_GIVE_UP_AFTER)

    return house.see(read)


def cancel(house: House, delivery: Delivery) -> None:
    house.do(queue.cancel, delivery.id, EVERYTHING, by=ANNA, request_id=house.request(), now=house.now)


def rest(house: House, *destinations: str, **span: float) -> Rest:
    made = Rest("mx.test", destinations, house.now, house.now + timedelta(**span), "no connection to mx.test")
    house.do(outcomes.keep_rest, made)
    return made


def test_the_list_shows_what_is_not_settled_newest_first(house: House) -> None:
    mailbox = house.mailbox()
    done, waiting, tried, unsure = (house.send(mailbox).deliveries[0] for _ in range(4))
    claimed = {each.id: each for each in house.claim()}
    house.record(claimed[done.id], TAKEN)
    house.record(claimed[tried.id], BUSY)
    house.hand_over(claimed[unsure.id])
    house.record(claimed[unsure.id], SILENCE)
    assert listed(house) == [unsure.id, tried.id, waiting.id]
    assert listed(house, state=DeliveryState.SENDING) == [waiting.id]
    assert listed(house, state=DeliveryState.DELIVERED) == [done.id]


def test_the_list_narrows_to_a_destination_and_a_mailbox(house: House) -> None:
    one, two = house.mailbox("one@example.com"), house.mailbox("two@example.com")
    here = house.send(one, "jane@peer.test").deliveries[0]
    there = house.send(one, "joe@other.test").deliveries[0]
    house.send(two, "joe@other.test")
    assert listed(house, destination="Peer.test") == [here.id]
    assert listed(house, destination="other.test", mailbox="one@example.com") == [there.id]
    with pytest.raises(NotFound):
        listed(house, mailbox="three@example.com")


def test_the_list_comes_in_pages(house: House) -> None:
    mailbox = house.mailbox()
    ids = [house.send(mailbox).deliveries[0].id for _ in range(5)]
    cursor, seen = "", []
    while True:
        page = house.see(queue.page, Page(2, cursor), EVERYTHING, now=house.now)
        seen += [each.delivery.id for each in page.items]
        cursor = page.cursor
        if not cursor:
            break
    assert seen == ids[::-1]


def test_an_agent_sees_and_calls_back_its_own_only(house: House) -> None:
    mine, yours = house.mailbox("one@example.com"), house.mailbox("two@example.com")
    own, foreign = house.send(mine).deliveries[0], house.send(yours).deliveries[0]
    eyes = Viewer(mine.agent_id)
    assert listed(house, eyes) == [own.id]
    house.see(queue.show, own.id, eyes, now=house.now)
    house.refuses(NotFound, queue.show, foreign.id, eyes, now=house.now)
    house.refuses(NotFound, queue.retry, foreign.id, eyes, now=house.now)
    house.refuses(
        NotFound, queue.cancel, foreign.id, eyes, by=ANNA, request_id=house.request(), now=house.now
    )


def test_a_row_says_why_it_waits_and_when_it_goes_on(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    fresh = view(house, delivery)
    assert (fresh.why, fresh.next_at) == ("waits for its turn", house.now)
    assert fresh.gives_up_at == house.now + MAIL_GIVE_UP_AFTER
    (claimed,) = house.claim()
    assert view(house, delivery).why == "an attempt is under way"
    house.record(claimed, BUSY)
    tried = view(house, delivery)
    assert (tried.why, tried.last_class) == ("451 4.7.1 Greylisted, come again", "policy")
    assert tried.next_at == house.now + timedelta(minutes=5)
    assert tried.gives_up_at is not None
    resting = rest(house, "peer.test", minutes=30)
    assert view(house, delivery).why == "peer.test rests: no connection to mx.test"
    assert view(house, delivery).next_at == resting.until
    house.do(
        pauses.pause,
        PauseScope.MAILBOX,
        "help@example.com",
        by=ANNA,
        why="checking",
        request_id=house.request(),
        now=house.now,
    )
    held = view(house, delivery)
    assert (held.state, held.paused_by, held.next_at) == (DeliveryState.QUEUED, ("mailbox",), None)
    assert held.why == "paused by mailbox: checking"
    house.clock.advance(hours=1)
    assert view(house, delivery).gives_up_at == tried.gives_up_at + timedelta(hours=1)


def test_a_message_shows_what_pauses_its_deliveries(house: House) -> None:
    passed = house.send(house.mailbox())
    house.do(pauses.pause, PauseScope.GATEWAY, "", by=ANNA, why="", request_id=house.request(), now=house.now)
    whole = shown.whole_message(house.see(messages.show, passed.message.id, EVERYTHING))
    assert [each.paused_by for each in whole.deliveries] == [("gateway",)]
    assert [each.next_at for each in whole.deliveries] == [None]


def test_an_attempt_keeps_what_was_said_and_what_it_is_about(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    house.record(house.claim()[0], BUSY)
    (attempt,) = view(house, delivery).tries or ()
    assert (attempt.outcome, attempt.code, attempt.response_class) == ("deferred", 451, "policy")
    (told,) = house.told(EventType.MESSAGE_RETRIED)
    assert told.data["class"] == "policy"


def test_a_retry_is_due_at_once_and_ends_the_rest_of_its_destination(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    house.record(house.claim()[0], BUSY)
    rest(house, "peer.test", hours=1)
    house.do(queue.retry, delivery.id, EVERYTHING, now=house.now)
    assert house.delivery(delivery).next_at == house.now
    assert house.see(outcomes.rests) == []
    assert [each.id for each in house.claim()] == [delivery.id]


def test_only_what_waits_can_be_tried_again(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    (claimed,) = house.claim()
    house.refuses(Conflict, queue.retry, delivery.id, EVERYTHING, now=house.now)
    house.record(claimed, TAKEN)
    house.refuses(Conflict, queue.retry, delivery.id, EVERYTHING, now=house.now)


def test_everything_to_a_destination_is_tried_again_a_few_hundred_at_once(house: House) -> None:
    mailbox = house.mailbox()
    for _ in range(3):
        house.send(mailbox, "jane@peer.test", "joe@other.test")
    for claimed in house.claim():
        house.record(claimed, BUSY)
    found = house.do(queue.retry_waiting, "", destination="Peer.test", now=house.now)
    assert {each.destination for each in found.items} == {"peer.test"}
    assert found.cursor == ""
    assert len(house.claim()) == 3
    everything = house.do(queue.retry_waiting, "", destination="", now=house.now)
    assert len(everything.items) == 3


def test_a_delivery_that_is_called_back_never_leaves(house: House) -> None:
    passed = house.send(house.mailbox())
    (delivery,) = passed.deliveries
    cancel(house, delivery)
    canceled = house.delivery(delivery)
    assert (canceled.state, canceled.next_at, canceled.settled_at) == (
        DeliveryState.CANCELED,
        None,
        house.now,
    )
    assert house.claim() == []
    (told,) = house.told(EventType.MESSAGE_CANCELED)
    assert (told.delivery_id, told.data["by"]) == (delivery.id, ANNA.id)
    assert house.see(messages.show, passed.message.id, EVERYTHING).standing.state == "canceled"
    cancel(house, delivery)
    assert len(house.told(EventType.MESSAGE_CANCELED)) == 1


def test_an_uncertain_delivery_can_be_called_back(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    (claimed,) = house.claim()
    house.hand_over(claimed)
    house.record(claimed, SILENCE)
    cancel(house, delivery)
    assert house.delivery(delivery).state is DeliveryState.CANCELED


def test_what_is_on_its_way_or_settled_cannot_be_called_back(house: House) -> None:
    (delivery,) = house.send(house.mailbox()).deliveries
    (claimed,) = house.claim()
    asked: dict[str, Any] = {"by": ANNA, "request_id": house.request(), "now": house.now}
    house.refuses(Conflict, queue.cancel, delivery.id, EVERYTHING, **asked)
    house.record(claimed, TAKEN)
    house.refuses(Conflict, queue.cancel, delivery.id, EVERYTHING, **asked)


def test_a_destination_is_paused_by_its_domain_in_any_spelling(house: House) -> None:
    house.send(house.mailbox(), "jane@bücher.test", "joe@other.test")
    asked: dict[str, Any] = {"by": ANNA, "request_id": house.request(), "now": house.now}
    paused = house.do(pauses.pause, PauseScope.DESTINATION, "Bücher.TEST", why="", **asked)
    assert paused.target == "xn--bcher-kva.test"
    assert [each.destination for each in house.claim()] == ["other.test"]
    house.do(pauses.resume, PauseScope.DESTINATION, "xn--bcher-kva.test", **asked)
    assert [each.destination for each in house.claim()] == ["xn--bcher-kva.test"]
    kinds = [event.type for event in house.told(EventType.DESTINATION_PAUSED, EventType.DESTINATION_RESUMED)]
    assert kinds == [EventType.DESTINATION_PAUSED, EventType.DESTINATION_RESUMED]
    house.refuses(BadAddress, pauses.pause, PauseScope.DESTINATION, "not a domain", why="", **asked)


def test_a_rest_that_is_over_is_forgotten(house: House) -> None:
    rest(house, "peer.test", minutes=5)
    house.clock.advance(minutes=5)
    house.pass_time()
    assert house.see(outcomes.rests) == []
