from dataclasses import replace
from datetime import timedelta

import pytest

from loftbox_cli.core.actor import DAEMON, Actor, Kind, Via
from loftbox_cli.core.approval import EXPIRES_AFTER, ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.errors import AlreadyDecided, NotFound, OwnSubmission, StaleRevision
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.page import Page
from loftbox_cli.core.reading import HeaderField
from loftbox_cli.services import approvals, domains, shown, submit
from loftbox_cli.services.gate import Passed
from tests.services.house import ANNA, House

BEN = Actor(Kind.PERSON, "per_ben", "Ben", Via.API)


def held(house: House, *to: str) -> Passed:
    found = house.see(lambda tx: tx.mailboxes.find(address="help@example.com"))
    return house.send(found or house.mailbox(oversight=Oversight.GATED_ALL), *to)


def test_an_approved_message_is_queued_for_each_recipient(house: House) -> None:
    passed = held(house, "jane@peer.test", "joe@other.test")
    decided = house.approve(passed)
    assert decided.approval.state is ApprovalState.APPROVED
    assert decided.message.state is MessageState.RELEASED
    assert decided.passed is not None
    assert len(decided.passed.deliveries) == 2
    assert len(house.claim()) == 2


def test_who_decided_through_what_when_and_why_is_recorded(house: House) -> None:
    passed = held(house)
    house.clock.advance(hours=1)
    approval = house.approve(passed).approval
    assert (approval.decided_by, approval.via, approval.why) == ("os:anna", "cli", "fine")
    assert approval.decided_at == house.now
    (event,) = house.told(EventType.APPROVAL_APPROVED)
    assert (event.data["decided_by"], event.data["via"]) == ("os:anna", "cli")


def test_what_a_person_approved_is_not_marked_as_automatic(house: House) -> None:
    assert house.approve(held(house)).message.auto_submitted == ""


def test_the_bytes_that_were_approved_are_the_bytes_that_are_queued(house: House) -> None:
    passed = held(house)
    released = house.approve(passed).message
    assert released.blob == passed.message.blob
    assert released.content_sha256 == passed.message.content_sha256


def test_approving_twice_queues_the_message_once(house: House) -> None:
    passed = held(house)
    first = house.approve(passed)
    before = house.rows()
    second = house.approve(passed)
    assert second.approval == first.approval
    assert second.passed is None
    assert house.rows() == before
    assert len(house.claim()) == 1


def test_the_first_of_two_approvers_is_the_one_on_record(house: House) -> None:
    passed = held(house)
    house.approve(passed, ANNA)
    assert house.approve(passed, BEN).approval.decided_by == "os:anna"


def test_a_rejected_message_never_leaves(house: House) -> None:
    passed = held(house)
    decided = house.reject(passed)
    assert decided.approval.state is ApprovalState.REJECTED
    assert decided.message.state is MessageState.REJECTED
    assert house.message(passed.message.id).state is MessageState.REJECTED
    assert house.claim() == []
    assert house.told(EventType.APPROVAL_REJECTED)[0].data["why"] == "no"


def test_rejecting_twice_is_harmless(house: House) -> None:
    passed = held(house)
    house.reject(passed)
    before = house.rows()
    house.reject(passed)
    assert house.rows() == before


@pytest.mark.parametrize(("first", "second"), [("approve", approvals.reject), ("reject", approvals.approve)])
def test_the_other_answer_after_a_decision_is_a_conflict(house: House, first: str, second: object) -> None:
    passed = held(house)
    getattr(house, first)(passed)
    assert passed.approval is not None
    house.refuses(
        AlreadyDecided,
        second,  # type: ignore[arg-type]  # both verbs have one signature
        passed.approval.id,
        by=ANNA,
        revision=1,
        why="",
        request_id=house.request(),
        now=house.now,
    )


@pytest.mark.parametrize("verb", [approvals.approve, approvals.reject])
@pytest.mark.parametrize("revision", [0, 2])
def test_a_decision_on_another_revision_is_a_conflict(house: House, verb: object, revision: int) -> None:
    passed = held(house)
    assert passed.approval is not None
    error = house.refuses(
        StaleRevision,
        verb,  # type: ignore[arg-type]  # both verbs have one signature
        passed.approval.id,
        by=ANNA,
        revision=revision,
        why="",
        request_id=house.request(),
        now=house.now,
    )
    assert passed.approval.id in error.fix


@pytest.mark.rule("D6")
@pytest.mark.parametrize("verb", [approvals.approve, approvals.reject])
def test_who_submitted_a_message_may_not_decide_about_it(house: House, verb: object) -> None:
    passed = held(house)
    assert passed.approval is not None
    house.refuses(
        OwnSubmission,
        verb,  # type: ignore[arg-type]  # both verbs have one signature
        passed.approval.id,
        by=Actor(Kind.PERSON, passed.message.submitted_by, "bot", Via.CONSOLE),
        revision=1,
        why="",
        request_id=house.request(),
        now=house.now,
    )


def test_an_unknown_approval_is_not_found_and_says_where_to_look(house: House) -> None:
    error = house.refuses(
        NotFound,
        approvals.approve,
        "apr_0000000000000000",
        by=ANNA,
        revision=1,
        why="",
        request_id=house.request(),
        now=house.now,
    )
    assert error.fact == "there is no approval apr_0000000000000000"
    assert error.fix == "loftbox approvals list shows what there is"


def test_a_hold_that_nobody_answers_expires_after_a_day_and_not_before(house: House) -> None:
    passed = held(house)
    house.clock.advance(hours=23, minutes=59)
    assert house.do(approvals.expire, now=house.now) == []
    house.clock.advance(minutes=1)
    (decided,) = house.do(approvals.expire, now=house.now)
    assert decided.approval.state is ApprovalState.EXPIRED
    assert decided.approval.decided_by == DAEMON.id
    assert house.message(passed.message.id).state is MessageState.EXPIRED
    assert house.do(approvals.expire, now=house.now) == []
    assert [event.type for event in house.told()][-2:] == [
        EventType.APPROVAL_EXPIRED,
        EventType.MESSAGE_EXPIRED,
    ]


def test_a_decision_after_the_day_is_too_late_even_before_the_expiry_was_noted(house: House) -> None:
    passed = held(house)
    assert passed.approval is not None
    house.clock.advance(hours=24)
    for verb in (approvals.approve, approvals.reject):
        house.refuses(
            AlreadyDecided,
            verb,
            passed.approval.id,
            by=ANNA,
            revision=1,
            why="",
            request_id=house.request(),
            now=house.now,
        )


def test_the_clock_of_the_hold_is_the_next_thing_due(house: House) -> None:
    held(house)
    assert house.see(lambda tx: tx.due.next_at()) == house.now + EXPIRES_AFTER


def test_an_approval_does_not_open_a_domain_that_may_no_longer_send(house: House) -> None:
    passed = held(house)
    house.look(house.see(domains.find, "example.com"), owned=False)
    decided = house.approve(passed)
    assert decided.approval.state is ApprovalState.APPROVED
    assert decided.message.state is MessageState.BLOCKED
    assert house.claim() == []


@pytest.mark.parametrize("changed", [{"revision": 2}, {"content_sha256": "0" * 64}])
def test_an_approval_covers_only_the_bytes_that_it_names(house: House, changed: dict[str, object]) -> None:
    passed = held(house)
    house.do(lambda tx: tx.messages.save(replace(passed.message, **changed)))  # type: ignore[arg-type]  # a field each
    decided = house.approve(passed)
    assert decided.message.state is MessageState.HELD
    assert decided.passed is not None
    assert decided.passed.approval is not None
    assert decided.passed.approval.id != decided.approval.id
    assert house.claim() == []


def test_approvals_are_listed_with_their_messages_by_state(house: House) -> None:
    first, second = held(house), held(house)
    house.reject(first)
    waiting = house.see(approvals.page, Page(), state=ApprovalState.PENDING)
    assert [asked.message.id for asked in waiting.items] == [second.message.id]
    everything = house.see(approvals.page, Page(), state=None)
    assert [asked.message.id for asked in everything.items] == [second.message.id, first.message.id]
    assert house.see(approvals.show, waiting.items[0].approval.id).message.id == second.message.id


def test_what_expired_is_not_queued_by_a_start(house: House) -> None:
    passed = held(house)
    house.clock.advance(hours=25)
    house.do(approvals.expire, now=house.now)
    house.clock.advance(days=1)
    assert house.claim() == []
    states = house.see(lambda tx: [each.state for each in tx.deliveries.all(message_id=passed.message.id)])
    assert states == list[DeliveryState]()
    assert house.see(lambda tx: tx.due.next_at()) is None


def test_a_hold_lasts_for_the_time_that_it_announces(house: House) -> None:
    passed = held(house)
    assert passed.approval is not None
    assert passed.approval.expires_at - passed.approval.requested_at == timedelta(hours=24)


def test_an_approver_sees_every_header_that_a_caller_added(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    prepared = house.prepare(mailbox, headers=(("X-Ticket", "4711"), ("Keywords", "order")))
    held = house.do(
        submit.send, prepared, by=house.sender(mailbox), request_id=house.request(), now=house.now
    )
    assert held.approval is not None
    asked = house.see(approvals.show, held.approval.id)
    assert shown.approval(asked).headers == (
        HeaderField("X-Ticket", "4711"),
        HeaderField("Keywords", "order"),
    )
