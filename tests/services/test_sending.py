import pytest

from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.domain import Review
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.errors import AlreadyExists, Conflict, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import MessageId, RequestId
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.reading import Party
from loftbox_cli.core.thread import ThreadState
from loftbox_cli.services import domains, pauses, shown, submit
from loftbox_cli.services.tx import Viewer
from tests.services.house import ANNA, TAG_SECRET, House


def test_a_new_message_of_a_gated_mailbox_is_held_and_nothing_is_queued(house: House) -> None:
    passed = house.send(house.mailbox(oversight=Oversight.GATED_ALL))
    assert passed.message.state is MessageState.HELD
    assert passed.deliveries == ()
    assert passed.approval is not None
    assert passed.approval.state is ApprovalState.PENDING
    assert passed.approval.content_sha256 == passed.message.content_sha256
    assert house.claim() == []
    assert [event.type for event in house.told()][-3:] == [
        EventType.POLICY_EVALUATED,
        EventType.MESSAGE_HELD,
        EventType.APPROVAL_REQUESTED,
    ]


@pytest.mark.rule("D3")
def test_the_approver_is_asked_about_each_recipient_of_the_envelope(house: House) -> None:
    house.send(house.mailbox(oversight=Oversight.GATED_ALL), "jane@peer.test", "joe@other.test")
    (asked,) = house.told(EventType.APPROVAL_REQUESTED)
    assert asked.data["recipients"] == ["jane@peer.test", "joe@other.test"]


def test_a_message_of_an_autonomous_mailbox_is_queued_once_for_each_recipient(house: House) -> None:
    passed = house.send(house.mailbox(), "jane@peer.test", "joe@other.test")
    assert passed.message.state is MessageState.RELEASED
    assert passed.approval is None
    assert [each.recipient for each in passed.deliveries] == ["jane@peer.test", "joe@other.test"]
    assert [each.destination for each in passed.deliveries] == ["peer.test", "other.test"]
    assert {each.state for each in passed.deliveries} == {DeliveryState.QUEUED}
    queued = house.told(EventType.MESSAGE_QUEUED)
    assert [event.delivery_id for event in queued] == [each.id for each in passed.deliveries]


@pytest.mark.rule("G6")
def test_what_no_person_approved_says_that_a_program_wrote_it(house: House) -> None:
    mailbox = house.mailbox()
    first = house.send(mailbox)
    assert first.message.auto_submitted == "auto-generated"
    answer = house.send(mailbox, in_reply_to=first.message.id)
    assert answer.message.auto_submitted == "auto-replied"


@pytest.mark.parametrize("review", [Review.PENDING, Review.REJECTED, Review.SUSPENDED])
def test_a_message_from_a_domain_whose_use_is_not_approved_is_blocked_and_kept(
    house: House, review: Review
) -> None:
    mailbox = house.mailbox()
    house.do(domains.review, "example.com", review, request_id=house.request(), now=house.now)
    passed = house.send(mailbox)
    assert passed.message.state is MessageState.BLOCKED
    assert passed.message.reasons == ("domain_not_sending",)
    assert house.message(passed.message.id) == passed.message
    assert passed.deliveries == ()
    assert house.told(EventType.MESSAGE_BLOCKED)[0].data["reasons"] == ["domain_not_sending"]


def test_a_blocked_answer_leaves_the_turn_to_the_agent(house: House) -> None:
    mailbox = house.mailbox()
    (received,) = house.receive(mailbox.address)
    house.look(house.see(domains.find, "example.com"), owned=False)
    assert house.send(mailbox, in_reply_to=received.id).message.thread_id == received.thread_id
    assert house.see(lambda tx: tx.threads.get(received.thread_id)).state is ThreadState.OPEN


def test_a_message_from_a_domain_that_lost_its_ownership_is_blocked(house: House) -> None:
    mailbox = house.mailbox()
    house.look(house.see(domains.find, "example.com"), owned=False)
    assert house.send(mailbox).message.state is MessageState.BLOCKED


def test_a_domain_that_fails_its_look_still_sends_for_a_day(house: House) -> None:
    mailbox = house.mailbox()
    house.look(house.see(domains.find, "example.com"), outbound=False)
    house.clock.advance(hours=23, minutes=59)
    assert house.send(mailbox).message.state is MessageState.RELEASED
    house.clock.advance(minutes=1)
    assert house.send(mailbox).message.state is MessageState.BLOCKED


def test_a_block_is_stronger_than_a_hold(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    house.look(house.see(domains.find, "example.com"), owned=False)
    passed = house.send(mailbox)
    assert passed.message.state is MessageState.BLOCKED
    assert passed.approval is None


def test_a_paused_mailbox_queues_what_it_sends(house: House) -> None:
    mailbox = house.mailbox()
    house.do(
        pauses.pause,
        PauseScope.MAILBOX,
        mailbox.id,
        by=ANNA,
        why="checking",
        request_id=house.request(),
        now=house.now,
    )
    passed = house.send(mailbox)
    assert [each.state for each in passed.deliveries] == [DeliveryState.QUEUED]
    assert house.claim() == []


def test_a_new_message_opens_a_thread_that_waits_for_the_other_side(house: House) -> None:
    mailbox = house.mailbox()
    passed = house.send(mailbox)
    thread = house.see(lambda tx: tx.threads.get(passed.message.thread_id))
    assert thread.state is ThreadState.WAITING
    assert thread.subject == "Your order"
    people = house.see(lambda tx: tx.participants.all(thread_id=thread.id))
    assert [each.address for each in people] == ["help@example.com", "jane@peer.test"]


def test_an_answer_joins_the_thread_and_names_what_it_answers(house: House) -> None:
    mailbox = house.mailbox()
    first = house.send(mailbox).message
    answer = house.send(mailbox, in_reply_to=first.id).message
    assert answer.thread_id == first.thread_id
    assert answer.in_reply_to == (first.rfc_message_id,)
    assert answer.references == (first.rfc_message_id,)


def test_each_message_has_its_own_return_path_on_a_host_of_its_domain(house: House) -> None:
    mailbox = house.mailbox()
    paths = {house.send(mailbox).message.mail_from for _ in range(3)}
    assert len(paths) == 3
    assert {path.partition("@")[2] for path in paths} == {"bounce.example.com"}


def test_what_is_stored_is_what_was_composed(house: House) -> None:
    prepared = house.prepare(mailbox := house.mailbox())
    sent = house.do(
        submit.send, prepared, by=house.sender(mailbox), request_id=house.request(), now=house.now
    )
    assert house.see(lambda tx: tx.raw(sent.message.blob)) == prepared.raw
    assert sent.message.size == len(prepared.raw)
    assert house.message(sent.message.id) == sent.message


def test_the_same_prepared_message_cannot_be_sent_twice(house: House) -> None:
    mailbox = house.mailbox()
    prepared = house.prepare(mailbox)
    house.do(submit.send, prepared, by=house.sender(mailbox), request_id=house.request(), now=house.now)
    house.refuses(
        AlreadyExists,
        submit.send,
        prepared,
        by=house.sender(mailbox),
        request_id=RequestId("req_x"),
        now=house.now,
    )


def test_an_unknown_and_a_foreign_message_cannot_be_answered_and_look_alike(house: House) -> None:
    mailbox = house.mailbox()
    foreign = house.send(house.mailbox("other@example.com")).message.id
    unknown = MessageId("msg_0000000000000000")

    def error(message_id: MessageId) -> NotFound:
        draft = Draft(to=(Party("jane@peer.test"),), text="Hi.", in_reply_to=message_id)
        return house.refuses(NotFound, submit.grounds, mailbox.id, draft, Viewer())

    assert error(foreign).fact.replace(foreign, unknown) == error(unknown).fact
    assert error(foreign).field == error(unknown).field == "in_reply_to"


def test_an_agent_cannot_send_from_the_mailbox_of_another(house: House) -> None:
    mine, foreign = house.mailbox("mine@example.com"), house.mailbox("foreign@example.com")
    draft = Draft(to=(Party("jane@peer.test"),), text="Hi.")
    for name in (foreign.id, foreign.address):
        house.refuses(NotFound, submit.grounds, name, draft, Viewer(mine.agent_id))


def test_the_mailbox_of_the_operator_sends_nothing(house: House) -> None:
    draft = Draft(to=(Party("jane@peer.test"),), text="Hi.")
    house.refuses(Conflict, submit.grounds, house.operator.id, draft, Viewer())


def test_the_log_and_the_answer_name_every_recipient_of_the_envelope_blind_copies_too(house: House) -> None:
    mailbox = house.mailbox()
    draft = Draft(
        to=(Party("jane@peer.test"),), cc=(Party("joe@peer.test"),), bcc=(Party("ann@peer.test"),), text="Hi."
    )
    on = house.see(submit.grounds, mailbox.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    passed = house.do(submit.send, prepared, **house.by(house.sender(mailbox)))
    everybody = ["jane@peer.test", "joe@peer.test", "ann@peer.test"]
    assert [each.data["recipient"] for each in house.told(EventType.MESSAGE_QUEUED)] == everybody
    assert list(house.see(shown.passed, passed).rcpt_to) == everybody
