"""Messages that wait for their time, that nobody wants after a while, and that are called back."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.domain import Review
from loftbox_cli.core.errors import AlreadyDecided, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.timing import Timing
from loftbox_cli.services import approvals, domains, gate, schedule
from loftbox_cli.services.tx import EVERYTHING, Viewer
from tests.services.house import BUSY, SILENCE, TAKEN, House

HOUR = timedelta(hours=1)


def in_an_hour(house: House, mailbox: Mailbox, *to: str) -> gate.Passed:
    return house.send(mailbox, *to, timing=Timing(house.now + HOUR))


def wanted_for_an_hour(house: House, mailbox: Mailbox) -> gate.Passed:
    return house.send(mailbox, timing=Timing(expires_at=house.now + HOUR))


def let_go(house: House) -> list[Message]:
    return house.do(schedule.let_go, now=house.now)


def cancel(house: House, message: Message, viewer: Viewer = EVERYTHING) -> schedule.CalledBack:
    return house.do(schedule.cancel, message.id, viewer, **house.by())


def states(house: House, message: Message) -> list[DeliveryState]:
    return [each.state for each in house.see(lambda tx: tx.deliveries.all(message_id=message.id))]


def test_a_scheduled_message_leaves_when_its_time_comes_and_not_before(house: House) -> None:
    sent = in_an_hour(house, house.mailbox())
    assert (sent.message.state, sent.deliveries) == (MessageState.SCHEDULED, ())
    (told,) = house.told(EventType.MESSAGE_SCHEDULED)
    assert told.data == {"recipients": ["jane@peer.test"], "scheduled_at": "2026-11-21T10:41:02.000Z"}
    house.clock.advance(minutes=59)
    assert let_go(house) == []
    assert house.see(lambda tx: tx.due.next_at()) == sent.message.scheduled_at
    house.clock.advance(minutes=1)
    (gone,) = let_go(house)
    assert (gone.state, gone.released_at) == (MessageState.RELEASED, house.now)
    assert states(house, gone) == [DeliveryState.QUEUED]
    assert let_go(house) == []


def test_the_gate_is_asked_again_when_the_time_comes(house: House) -> None:
    mailbox = house.mailbox()
    held, blocked = in_an_hour(house, mailbox), in_an_hour(house, mailbox)
    house.oversee(mailbox, Oversight.GATED_ALL)
    house.clock.advance(hours=1)
    assert [each.state for each in let_go(house)] == [MessageState.HELD, MessageState.HELD]
    assert len(house.told(EventType.APPROVAL_REQUESTED)) == 2
    house.oversee(mailbox, Oversight.AUTONOMOUS)
    later = in_an_hour(house, mailbox)
    house.do(domains.review, "example.com", Review.SUSPENDED, request_id=house.request(), now=house.now)
    house.clock.advance(hours=1)
    (stopped,) = let_go(house)
    assert (stopped.id, stopped.state) == (later.message.id, MessageState.BLOCKED)
    assert states(house, held.message) == states(house, blocked.message) == states(house, stopped) == []


def test_what_a_person_approved_before_its_time_waits_for_it_and_carries_no_mark_of_a_program(
    house: House,
) -> None:
    held = in_an_hour(house, house.mailbox(oversight=Oversight.GATED_ALL))
    assert held.message.state is MessageState.HELD
    approved = house.approve(held)
    assert approved.message.state is MessageState.SCHEDULED
    house.clock.advance(hours=1)
    (gone,) = let_go(house)
    assert (gone.state, gone.auto_submitted) == (MessageState.RELEASED, "")


def test_what_is_approved_after_its_time_leaves_at_once(house: House) -> None:
    held = in_an_hour(house, house.mailbox(oversight=Oversight.GATED_ALL))
    house.clock.advance(hours=2)
    assert house.approve(held).message.state is MessageState.RELEASED


def test_a_hold_ends_when_nobody_wants_the_message_any_more(house: House) -> None:
    held = wanted_for_an_hour(house, house.mailbox(oversight=Oversight.GATED_ALL))
    assert held.approval is not None
    assert held.approval.expires_at == house.now + HOUR
    house.clock.advance(hours=1)
    house.refuses(
        AlreadyDecided,
        approvals.approve,
        held.approval.id,
        revision=1,
        why="",
        **house.by(),
    )
    house.do(approvals.expire, now=house.now)
    assert house.message(held.message.id).state is MessageState.EXPIRED
    assert len(house.told(EventType.MESSAGE_EXPIRED)) == 1


def test_a_scheduled_message_expires_when_nobody_came_in_time_to_let_it_go(house: House) -> None:
    sent = house.send(house.mailbox(), timing=Timing(house.now + HOUR, house.now + 2 * HOUR))
    house.clock.advance(hours=2)
    (ended,) = let_go(house)
    assert (ended.id, ended.state) == (sent.message.id, MessageState.EXPIRED)
    assert len(house.told(EventType.MESSAGE_EXPIRED)) == 1
    assert states(house, ended) == []


def test_what_is_not_delivered_in_its_time_expires_in_the_queue(house: House) -> None:
    sent = wanted_for_an_hour(house, house.mailbox())
    (delivery,) = house.claim()
    house.record(delivery, BUSY)
    house.clock.advance(hours=1)
    assert [each.state for each in house.pass_time()] == [DeliveryState.EXPIRED]
    assert states(house, sent.message) == [DeliveryState.EXPIRED]
    (told,) = house.told(EventType.MESSAGE_EXPIRED)
    assert told.delivery_id == delivery.id


def test_a_short_span_is_kept_to_though_no_notice_of_delay_is_due(house: House) -> None:
    sent = house.send(house.mailbox(), timing=Timing(expires_at=house.now + timedelta(minutes=5)))
    house.clock.advance(minutes=5)
    house.pass_time()
    assert states(house, sent.message) == [DeliveryState.EXPIRED]


@pytest.mark.parametrize(
    ("oversight", "wait", "state"),
    [
        (Oversight.GATED_ALL, in_an_hour, MessageState.HELD),
        (Oversight.AUTONOMOUS, in_an_hour, MessageState.SCHEDULED),
    ],
)
def test_what_waits_before_the_queue_is_called_back_whole(
    house: House, oversight: Oversight, wait: Callable[..., gate.Passed], state: MessageState
) -> None:
    waiting = wait(house, house.mailbox(oversight=oversight))
    assert waiting.message.state is state
    called_back = cancel(house, waiting.message)
    assert called_back.message.state is MessageState.CANCELED
    assert (called_back.canceled, called_back.gone) == (("jane@peer.test",), ())
    assert len(house.told(EventType.MESSAGE_CANCELED)) == 1
    pending = house.see(lambda tx: tx.approvals.all(state=ApprovalState.PENDING))
    assert pending == []
    assert len(house.told(EventType.APPROVAL_CANCELED)) == (state is MessageState.HELD)
    house.clock.advance(hours=1)
    assert let_go(house) == []
    assert cancel(house, waiting.message).message.state is MessageState.CANCELED
    assert len(house.told(EventType.MESSAGE_CANCELED)) == 1


def test_what_is_on_its_way_or_delivered_is_not_recalled_and_the_answer_says_so(house: House) -> None:
    to = ("a@one.test", "b@two.test", "c@three.test", "d@four.test")
    sent = house.send(house.mailbox(), *to)
    by_recipient = {each.recipient: each for each in house.claim()}
    house.record(by_recipient["a@one.test"], TAKEN)
    house.record(by_recipient["b@two.test"], SILENCE)
    house.record(by_recipient["c@three.test"], BUSY)
    called_back = cancel(house, sent.message)
    assert called_back.canceled == ("b@two.test", "c@three.test")
    assert called_back.gone == ("a@one.test", "b@two.test", "d@four.test")
    assert states(house, sent.message) == ["delivered", "canceled", "canceled", "sending"]
    assert [each.data["recipient"] for each in house.told(EventType.MESSAGE_CANCELED)] == [
        "b@two.test",
        "c@three.test",
    ]
    again = cancel(house, sent.message)
    assert again.canceled == called_back.canceled


def test_what_is_gone_as_a_whole_cannot_be_called_back(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox)
    (delivery,) = house.claim()
    refused = house.refuses(Conflict, schedule.cancel, sent.message.id, EVERYTHING, **house.by())
    assert "handed over just now" in refused.fact
    house.record(delivery, TAKEN)
    refused = house.refuses(Conflict, schedule.cancel, sent.message.id, EVERYTHING, **house.by())
    assert "nothing of it waits" in refused.fact
    (received,) = house.receive(mailbox.address)
    house.refuses(Conflict, schedule.cancel, received.id, EVERYTHING, **house.by())


def test_an_agent_calls_back_its_own_mail_and_knows_of_no_other(house: House) -> None:
    mailbox = house.mailbox()
    sent = in_an_hour(house, mailbox)
    stranger = Viewer(AgentId("agent_other"))
    house.refuses(NotFound, schedule.cancel, sent.message.id, stranger, **house.by())
    assert mailbox.agent_id is not None
    assert cancel(house, sent.message, Viewer(mailbox.agent_id)).canceled
