"""The log: where it is read from, and the whole story of one thing."""

from datetime import timedelta

import pytest

from loftbox_cli.core.errors import BadInput, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.retry import WEBHOOK_WAITS
from loftbox_cli.core.webhook_signature import spell_secret
from loftbox_cli.services import events, notify, pauses, shown
from loftbox_cli.services.events import Trace, Wanted
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import ANNA, BUSY, TAKEN, House, letter

ANY = Wanted()


def traced(house: House, thing: str, viewer: Viewer = EVERYTHING) -> Trace:
    return house.see(events.trace, thing, viewer)


def post(house: House) -> None:
    for each in house.do(
        notify.claim, 10, each=10, busy=(), opened=lambda _: spell_secret(b"s" * 32), now=house.now
    ):
        house.do(
            notify.record,
            each.notification.id,
            each.notification.fence,
            Posted(500, b"oops", took=12),
            waits=WEBHOOK_WAITS,
            spread=0.0,
            started_at=house.now,
            now=house.now,
        )


def test_the_place_of_a_time_has_after_it_all_that_happened_since(house: House) -> None:
    mailbox = house.mailbox()
    house.send(mailbox)
    before = house.told()[-1].seq
    house.clock.advance(hours=1)
    house.send(mailbox)
    place = house.see(events.seq_before, house.now - timedelta(minutes=5), ANY, EVERYTHING)
    assert place == before
    assert house.see(events.seq_before, house.now - timedelta(days=1), ANY, EVERYTHING) == 0


def test_the_place_of_a_time_counts_only_what_is_wanted(house: House) -> None:
    mailbox = house.mailbox()
    house.send(mailbox)
    wanted = Wanted(types=(EventType.MESSAGE_QUEUED,))
    (queued,) = house.told(EventType.MESSAGE_QUEUED)
    house.clock.advance(hours=1)
    house.send(mailbox)
    assert house.see(events.seq_before, house.now, wanted, EVERYTHING) == queued.seq


def test_several_types_add_up(house: House) -> None:
    house.send(house.mailbox())
    types = (EventType.MESSAGE_QUEUED, EventType.POLICY_EVALUATED)
    for wanted in (types[:1], types, types * 2):
        found = house.see(events.after, 0, 200, Wanted(types=wanted), EVERYTHING)
        assert {event.type for event in found} == set(wanted)


def test_events_know_whether_a_webhook_carries_them(house: House) -> None:
    mailbox = house.mailbox()
    house.endpoint(EventType.MESSAGE_QUEUED)
    house.send(mailbox)
    told = house.told()
    carried = house.see(events.notified, told)
    assert {event.type for event in told if event.id in carried} == {EventType.MESSAGE_QUEUED}
    assert house.see(events.notified, []) == frozenset()


def test_the_story_of_a_message_has_each_attempt_and_each_post(house: House) -> None:
    mailbox = house.mailbox()
    house.endpoint(EventType.MESSAGE_DELIVERED)
    sent = house.send(mailbox)
    for report in (BUSY, TAKEN):
        house.clock.advance(minutes=10)
        (claimed,) = house.claim()
        house.record(claimed, report)
    house.clock.advance(seconds=1)
    post(house)
    steps = shown.steps(traced(house, sent.message.id))
    assert [(step.kind, step.state) for step in steps] == [
        ("event", "verified"),
        ("event", "queued"),
        ("attempt", "deferred"),
        ("event", "queued"),
        ("attempt", "delivered"),
        ("event", "delivered"),
        ("post", "failed"),
    ]
    assert "Greylisted, come again" in steps[2].text


def test_a_request_an_approval_and_a_thread_tell_the_story_too(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    held = house.send(mailbox)
    assert held.approval is not None
    approved = house.approve(held)
    of_message = traced(house, held.message.id).events
    assert traced(house, held.approval.id).events == of_message
    assert traced(house, held.message.thread_id).events == of_message
    assert approved.passed is not None
    # Both requests, of who sent and of who approved, have the whole story of their message.
    requests = {event.request_id for event in of_message}
    assert len(requests) == 2
    assert [traced(house, request).events for request in requests] == [of_message] * 2


def test_an_event_and_a_notification_tell_the_story_that_they_are_part_of(house: House) -> None:
    mailbox = house.mailbox()
    house.endpoint(EventType.MESSAGE_QUEUED)
    sent = house.send(mailbox)
    of_message = traced(house, sent.message.id).events
    (queued,) = house.told(EventType.MESSAGE_QUEUED)
    (notification,) = house.see(events.notifications_of, [queued])
    assert traced(house, queued.id).events == of_message
    assert traced(house, notification.id).events == of_message


def test_an_event_of_nothing_in_particular_is_its_own_story(house: House) -> None:
    house.do(pauses.pause, PauseScope.GATEWAY, "", by=ANNA, why="", request_id=house.request(), now=house.now)
    (paused,) = house.told(EventType.GATEWAY_PAUSED)
    assert traced(house, paused.id).events == (paused,)


def test_the_event_of_another_agent_has_no_story(house: House) -> None:
    house.send(house.mailbox())
    with pytest.raises(NotFound):
        traced(house, house.told()[-1].id, Viewer(AgentId("agent_0000000000000000")))


def test_a_story_tells_rules_who_decided_and_what_the_words_of_a_peer_mean(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    held = house.send(mailbox)
    house.approve(held)
    (claimed,) = house.claim()
    house.record(claimed, BUSY)
    steps = shown.steps(traced(house, held.message.id))
    details = [line for step in steps for line in step.details]
    assert any(line.startswith("decided by ") and "via" in line for line in details)
    attempt = next(step for step in steps if step.kind == "attempt")
    assert attempt.attempt is not None
    assert [line.partition(":")[0] for line in attempt.details] == [f"class {attempt.attempt.response_class}"]


def test_the_story_of_a_delivery_leaves_the_other_recipients_out(house: House) -> None:
    sent = house.send(house.mailbox(), "jane@peer.test", "tom@peer.test")
    for claimed in house.claim():
        house.record(claimed, TAKEN)
    jane = next(each for each in sent.deliveries if each.recipient == "jane@peer.test")
    story = traced(house, jane.id)
    assert [tried.delivery.recipient for tried in story.tried] == ["jane@peer.test"]
    assert {event.delivery_id for event in story.events} == {None, jane.id}


def test_the_story_of_a_thread_goes_on_with_the_answer(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox)
    (answer,) = house.receive(
        mailbox.address, reading=letter(in_reply_to=(sent.message.rfc_message_id,), subject="Re: Your order")
    )
    assert answer.thread_id == sent.message.thread_id
    told = [event.type for event in traced(house, answer.thread_id).events]
    assert told[-1] == EventType.MESSAGE_REPLY_RECEIVED


@pytest.mark.parametrize(
    "thing", ["msg_0000000000000000", "thread_0000000000000000", "req_0000000000000000", "dlv_0", "apr_0"]
)
def test_what_is_not_there_has_no_story(house: House, thing: str) -> None:
    with pytest.raises(NotFound, match="nothing is known"):
        traced(house, thing)


@pytest.mark.parametrize("thing", ["", "example.com", "mbx_0000000000000000"])
def test_what_has_no_story_is_refused(house: House, thing: str) -> None:
    with pytest.raises(BadInput, match="cannot be traced"):
        traced(house, thing)


def test_an_agent_hears_no_story_of_another_agent_s_mailbox(house: House) -> None:
    sent = house.send(house.mailbox("a@example.com"))
    other = house.mailbox("b@example.com")
    (claimed,) = house.claim()
    for thing in (sent.message.id, sent.message.thread_id, sent.message.request_id, claimed.id):
        with pytest.raises(NotFound, match="nothing is known"):
            traced(house, thing, Viewer(other.agent_id))


def test_an_agent_sees_only_its_own_webhooks_in_a_story(house: House) -> None:
    mailbox = house.mailbox()
    house.endpoint()
    own = house.endpoint(agent_id=mailbox.agent_id)
    sent = house.send(mailbox)
    post(house)
    assert len({posted.notification.endpoint_id for posted in traced(house, sent.message.id).posted}) == 2
    seen = traced(house, sent.message.id, Viewer(mailbox.agent_id)).posted
    assert {posted.notification.endpoint_id for posted in seen} == {own.id}
