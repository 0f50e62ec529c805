"""What was released and may not leave any more: people are asked about it where it waits."""

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.services import approvals, queue, threads
from loftbox_cli.services.gate import Passed
from loftbox_cli.services.tx import EVERYTHING
from tests.services.house import BUSY, House


def released_then_gated(house: House, *to: str) -> tuple[Mailbox, Passed]:
    mailbox = house.mailbox()
    sent = house.send(mailbox, *to)
    house.oversee(mailbox, Oversight.GATED_ALL)
    assert house.claim() == []
    return mailbox, sent


def question(house: House) -> approvals.Asked:
    (approval,) = house.see(lambda tx: tx.approvals.all())
    return house.see(approvals.show, approval.id)


def states(house: House, sent: Passed) -> set[DeliveryState]:
    return {each.state for each in house.see(lambda tx: tx.deliveries.all(message_id=sent.message.id))}


def test_stricter_oversight_asks_once_about_all_that_waits(house: House) -> None:
    _, sent = released_then_gated(house, "jane@peer.test", "joe@other.test")
    asked = question(house)
    assert asked.approval.state is ApprovalState.PENDING
    assert asked.approval.reasons == ("oversight_gated_all",)
    assert asked.message.state is MessageState.RELEASED
    assert len(house.told(EventType.APPROVAL_REQUESTED)) == 1
    house.clock.advance(hours=1)
    assert house.claim() == []
    assert len(house.told(EventType.APPROVAL_REQUESTED)) == 1
    assert states(house, sent) == {DeliveryState.QUEUED}


def test_a_yes_lets_the_same_bytes_go_on_to_everybody_once(house: House) -> None:
    _, sent = released_then_gated(house, "jane@peer.test", "joe@other.test")
    asked = question(house)
    decided = house.do(approvals.approve, asked.approval.id, revision=1, why="", **house.by())
    assert decided.message.blob == sent.message.blob
    assert decided.message.auto_submitted == sent.message.auto_submitted
    claimed = house.claim()
    assert sorted(each.recipient for each in claimed) == ["jane@peer.test", "joe@other.test"]
    assert {each.id for each in claimed} == {each.id for each in sent.deliveries}


def test_a_no_calls_back_what_waits(house: House) -> None:
    _, sent = released_then_gated(house)
    house.do(approvals.reject, question(house).approval.id, revision=1, why="no", **house.by())
    assert states(house, sent) == {DeliveryState.CANCELED}
    (event,) = house.told(EventType.MESSAGE_CANCELED)
    assert event.data["by"] == "os:anna"


def test_what_nobody_answers_in_time_expires(house: House) -> None:
    _, sent = released_then_gated(house)
    house.clock.advance(hours=24)
    house.do(approvals.expire, now=house.now)
    assert question(house).approval.state is ApprovalState.EXPIRED
    assert states(house, sent) == {DeliveryState.EXPIRED}


def test_a_delivery_that_was_on_its_way_at_the_no_is_not_tried_again_nor_asked_about(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox, "jane@peer.test", "joe@other.test")
    (first,) = house.claim(1)
    house.oversee(mailbox, Oversight.GATED_ALL)
    house.claim()
    house.do(approvals.reject, question(house).approval.id, revision=1, why="", **house.by())
    house.record(first, BUSY)
    house.clock.advance(hours=1)
    assert house.claim() == []
    assert states(house, sent) == {DeliveryState.CANCELED}
    assert len(house.told(EventType.APPROVAL_REQUESTED)) == 1


def test_nobody_is_asked_any_more_once_all_that_waited_was_called_back(house: House) -> None:
    _, sent = released_then_gated(house, "jane@peer.test", "joe@other.test")
    left = [ApprovalState.PENDING, ApprovalState.CANCELED]
    for delivery, expected in zip(sent.deliveries, left, strict=True):
        by = {**house.by(), "request_id": house.request()}
        house.do(queue.cancel, delivery.id, EVERYTHING, **by)
        assert question(house).approval.state is expected
    assert len(house.told(EventType.APPROVAL_CANCELED)) == 1


def test_the_question_is_taken_back_when_the_policies_allow_it_again(house: House) -> None:
    mailbox, _ = released_then_gated(house)
    house.oversee(mailbox, Oversight.AUTONOMOUS)
    house.clock.advance(hours=1)
    assert len(house.claim()) == 1
    assert question(house).approval.state is ApprovalState.CANCELED
    assert len(house.told(EventType.APPROVAL_CANCELED)) == 1


def test_after_a_question_was_taken_back_another_can_be_asked(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox, "jane@peer.test", "joe@other.test")
    house.oversee(mailbox, Oversight.GATED_ALL)
    house.claim()
    house.oversee(mailbox, Oversight.AUTONOMOUS)
    house.clock.advance(hours=1)
    (first,) = house.claim(1)
    house.oversee(mailbox, Oversight.GATED_ALL)
    house.clock.advance(hours=1)
    assert house.claim() == []
    assert len(house.told(EventType.APPROVAL_REQUESTED)) == 2
    assert DeliveryState.CANCELED not in states(house, sent)
    house.record(first, BUSY)


def test_a_paused_thread_is_resumed_and_not_approved(house: House) -> None:
    mailbox = house.mailbox()
    sent = house.send(mailbox)
    house.do(threads.pause, sent.message.thread_id, EVERYTHING, why="", **house.by())
    assert house.claim() == []
    assert house.see(lambda tx: tx.approvals.all()) == []
