from datetime import timedelta

import pytest

from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.message import Direction, MessageState, Relation
from loftbox_cli.core.reading import Attachment, Automation, Party, Reading
from loftbox_cli.core.thread import ThreadState
from loftbox_cli.services import accept, intake
from loftbox_cli.services.tx import Accepted, ArrivalState
from tests.services.house import TAG_SECRET, House, letter


def claimed(house: House, *rcpt_to: str) -> Accepted:
    house.do(accept.accept, accept.prepare(house.arrival(*rcpt_to)))
    (taken,) = house.do(intake.claim, 1, now=house.now)
    return taken


def test_a_first_letter_opens_a_thread_in_which_it_is_the_turn_of_the_agent(house: House) -> None:
    mailbox = house.mailbox()
    (message,) = house.receive("help@example.com")
    assert message == house.message(message.id)
    assert message.direction is Direction.INBOUND
    assert message.state is MessageState.RECEIVED
    assert message.mailbox_id == mailbox.id
    assert message.relation is Relation.FIRST_CONTACT
    thread = house.see(lambda tx: tx.threads.get(message.thread_id))
    assert (thread.state, thread.subject) == (ThreadState.OPEN, "hello")


def test_a_letter_becomes_one_event_that_says_what_was_written_by_a_stranger(house: House) -> None:
    mailbox = house.mailbox()
    file = Attachment(2, "order.pdf", "application/pdf", 5, "ab")
    (message,) = house.receive("help@example.com", reading=letter(attachments=(file,), reply_text="Hi"))
    (event,) = house.told(EventType.MESSAGE_RECEIVED)
    assert (event.mailbox, event.mailbox_id, event.agent_id) == (
        mailbox.address,
        mailbox.id,
        mailbox.agent_id,
    )
    assert (event.message_id, event.thread_id) == (message.id, message.thread_id)
    assert event.request_id == message.request_id
    assert event.data["from"] == [{"address": "jane@peer.test", "name": "Jane"}]
    assert event.data["recipients"] == ["help@example.com"]
    assert event.data["reply_text"] == "Hi"
    assert event.data["untrusted"] is True
    assert event.data["attachments"] == [
        {
            "filename": "order.pdf",
            "content_type": "application/pdf",
            "size": 5,
            "url": f"/v1/messages/{message.id}/attachments/2",
        }
    ]


def answers(house: House) -> dict[str, Reading]:
    """Ways in which a peer names the message that it answers."""
    sent = house.send(house.mailbox(), "jane@peer.test").message
    return {
        sent.id: letter(),
        "in_reply_to": letter(in_reply_to=(sent.rfc_message_id,)),
        "references": letter(references=("<root@peer.test>", sent.rfc_message_id, "<other@peer.test>")),
    }


@pytest.mark.parametrize("way", ["in_reply_to", "references"])
def test_an_answer_joins_the_thread_of_what_it_names(house: House, way: str) -> None:
    readings = answers(house)
    sent = house.message(next(iter(readings)))
    house.clock.advance(minutes=5)
    (message,) = house.receive("help@example.com", reading=readings[way])
    assert message.thread_id == sent.thread_id
    assert message.relation is Relation.REPLY_TO_OURS
    assert [event.message_id for event in house.told(EventType.MESSAGE_REPLY_RECEIVED)] == [message.id]
    thread = house.see(lambda tx: tx.threads.get(sent.thread_id))
    assert (thread.state, thread.last_at) == (ThreadState.OPEN, house.now)


def test_an_answer_to_the_return_path_joins_the_thread_of_its_message(house: House) -> None:
    sent = house.send(house.mailbox(), "jane@peer.test").message
    (message,) = house.receive(sent.mail_from, reading=letter("mailer-daemon@peer.test"), mail_from="")
    assert message.thread_id == sent.thread_id
    assert message.mailbox_id == sent.mailbox_id


def test_in_reply_to_counts_more_than_references_and_the_newest_reference_most(house: House) -> None:
    mailbox = house.mailbox()
    one, two, three = (house.send(mailbox, "jane@peer.test").message for _ in range(3))
    (message,) = house.receive(
        "help@example.com",
        reading=letter(
            in_reply_to=(one.rfc_message_id,), references=(two.rfc_message_id, three.rfc_message_id)
        ),
    )
    assert message.thread_id == one.thread_id
    (message,) = house.receive(
        "help@example.com", reading=letter(references=(one.rfc_message_id, two.rfc_message_id))
    )
    assert message.thread_id == two.thread_id


def test_a_stranger_who_quotes_a_message_id_of_ours_is_a_first_contact(house: House) -> None:
    sent = house.send(house.mailbox(), "jane@peer.test").message
    (message,) = house.receive(
        "help@example.com", reading=letter("mallory@evil.test", in_reply_to=(sent.rfc_message_id,))
    )
    assert message.relation is Relation.FIRST_CONTACT
    assert house.told(EventType.MESSAGE_REPLY_RECEIVED) == []


def test_a_second_author_whom_nobody_asked_makes_an_answer_a_first_contact(house: House) -> None:
    sent = house.send(house.mailbox(), "jane@peer.test").message
    both = letter(
        in_reply_to=(sent.rfc_message_id,), from_=(Party("jane@peer.test"), Party("mallory@evil.test"))
    )
    (message,) = house.receive("help@example.com", reading=both)
    assert message.relation is Relation.FIRST_CONTACT


def test_a_message_of_another_mailbox_opens_no_door_to_its_thread(house: House) -> None:
    house.mailbox("other@example.com")
    sent = house.send(house.mailbox(), "jane@peer.test").message
    (message,) = house.receive("other@example.com", reading=letter(in_reply_to=(sent.rfc_message_id,)))
    assert message.thread_id != sent.thread_id
    assert message.relation is Relation.FIRST_CONTACT


def test_who_wrote_before_is_a_known_correspondent(house: House) -> None:
    house.mailbox()
    house.receive("help@example.com")
    (message,) = house.receive("help@example.com", reading=letter("JANE@peer.test"))
    assert message.relation is Relation.KNOWN_CORRESPONDENT


def test_whom_we_wrote_to_is_known_from_the_release_on(house: House) -> None:
    passed = house.send(house.mailbox(oversight=Oversight.GATED_ALL), "jane@peer.test", "joe@peer.test")
    (early,) = house.receive("help@example.com", reading=letter("jane@peer.test"))
    assert early.relation is Relation.FIRST_CONTACT
    house.approve(passed)
    (message,) = house.receive("help@example.com", reading=letter("joe@peer.test"))
    assert message.relation is Relation.KNOWN_CORRESPONDENT


def test_who_forges_the_address_of_the_mailbox_itself_is_not_known(house: House) -> None:
    house.send(house.mailbox(), "jane@peer.test")
    (message,) = house.receive("help@example.com", reading=letter("help@example.com"))
    assert message.relation is Relation.FIRST_CONTACT


def test_whom_a_stranger_merely_names_is_not_known_for_it(house: House) -> None:
    house.mailbox()
    house.receive("help@example.com", reading=letter("mallory@peer.test", cc=(Party("boss@peer.test"),)))
    (message,) = house.receive("help@example.com", reading=letter("boss@peer.test"))
    assert message.relation is Relation.FIRST_CONTACT
    (again,) = house.receive("help@example.com", reading=letter("boss@peer.test"))
    assert again.relation is Relation.KNOWN_CORRESPONDENT


@pytest.mark.parametrize("party", [Party(""), Party("not an address"), Party("a@b, c@d")])
def test_a_sender_that_is_no_address_is_filed_and_known_to_nobody(house: House, party: Party) -> None:
    house.mailbox()
    for _ in range(2):
        (message,) = house.receive("help@example.com", reading=letter(from_=(party,)))
        assert message.relation is Relation.FIRST_CONTACT


def test_a_mail_without_anything_is_filed(house: House) -> None:
    house.mailbox()
    (message,) = house.receive("help@example.com", reading=Reading(), mail_from="")
    assert message.from_ == ()
    assert message.relation is Relation.FIRST_CONTACT


def test_an_automatic_answer_is_told_as_one(house: House) -> None:
    sent = house.send(house.mailbox(), "jane@peer.test").message
    (message,) = house.receive(
        "help@example.com",
        reading=letter(in_reply_to=(sent.rfc_message_id,), headers=(("Auto-Submitted", "auto-replied"),)),
    )
    assert message.automation is Automation.AUTO_REPLIED
    assert len(house.told(EventType.MESSAGE_AUTO_REPLY_RECEIVED)) == 1
    assert house.told(EventType.MESSAGE_REPLY_RECEIVED) == []


def test_a_mail_to_two_mailboxes_is_two_messages_that_show_their_own_recipient_only(house: House) -> None:
    one, two = house.mailbox("one@example.com"), house.mailbox("two@example.com")
    messages = house.receive("one@example.com", "two+tag@example.com", "one+tag@example.com")
    assert [(each.mailbox_id, each.rcpt_to) for each in messages] == [
        (one.id, ("one@example.com", "one+tag@example.com")),
        (two.id, ("two+tag@example.com",)),
    ]
    assert messages[0].thread_id != messages[1].thread_id
    assert messages[0].blob == messages[1].blob
    events = house.told(EventType.MESSAGE_RECEIVED)
    assert [event.data["recipients"] for event in events] == [list(each.rcpt_to) for each in messages]
    assert {event.request_id for event in events} == {messages[0].request_id}


def test_mail_for_a_mailbox_that_went_away_since_the_250_reaches_the_operator(house: House) -> None:
    mailbox = house.mailbox()
    taken = claimed(house, "help@example.com")
    house.do(lambda tx: tx.mailboxes.remove(id=mailbox.id))
    (message,) = house.do(
        intake.file, taken.request_id, taken.fence, letter(), tag_secret=TAG_SECRET, now=house.now
    )
    assert message.mailbox_id == house.operator.id
    assert message.rcpt_to == ("help@example.com",)


@pytest.mark.rule("I31")
def test_mail_is_filed_once(house: House) -> None:
    house.mailbox()
    taken = claimed(house, "help@example.com")
    house.do(intake.file, taken.request_id, taken.fence, letter(), tag_secret=TAG_SECRET, now=house.now)
    house.refuses(
        LeaseLost,
        intake.file,
        taken.request_id,
        taken.fence,
        letter(),
        tag_secret=TAG_SECRET,
        now=house.now,
    )
    assert not house.see(intake.waits, now=house.now)


def test_mail_under_a_lease_is_read_by_nobody_else_until_the_lease_ends(house: House) -> None:
    house.mailbox()
    taken = claimed(house, "help@example.com")
    house.clock.advance(seconds=intake.LEASE.total_seconds() - 1)
    assert house.do(intake.claim, 1, now=house.now) == []
    house.clock.advance(seconds=1)
    (again,) = house.do(intake.claim, 1, now=house.now)
    assert again.request_id == taken.request_id
    house.refuses(LeaseLost, intake.died, taken.request_id, taken.fence, now=house.now)
    house.refuses(
        LeaseLost,
        intake.file,
        taken.request_id,
        taken.fence,
        letter(),
        tag_secret=TAG_SECRET,
        now=house.now,
    )
    house.do(intake.file, again.request_id, again.fence, letter(), tag_secret=TAG_SECRET, now=house.now)


def test_mail_that_waits_behind_slow_mail_for_longer_than_its_lease_is_not_taken_again(house: House) -> None:
    house.mailbox()
    taken = claimed(house, "help@example.com")
    house.clock.advance(seconds=intake.LEASE.total_seconds())
    in_hand = frozenset({taken.request_id})
    assert not house.see(intake.waits, busy=in_hand, now=house.now)
    assert house.do(intake.claim, 1, busy=in_hand, now=house.now) == []
    later = house.do(
        accept.accept, accept.prepare(house.arrival("help@example.com", raw=b"Subject: later\r\n\r\n"))
    )
    assert [each.request_id for each in house.do(intake.claim, 1, busy=in_hand, now=house.now)] == [later]
    house.do(intake.file, taken.request_id, taken.fence, letter(), tag_secret=TAG_SECRET, now=house.now)


def test_a_start_reads_again_what_was_being_read(house: House) -> None:
    house.mailbox()
    taken = claimed(house, "help@example.com")
    assert house.do(intake.void_leases) == 1
    (again,) = house.do(intake.claim, 1, now=house.now)
    assert again.request_id == taken.request_id
    assert again.fence > taken.fence


def test_mail_that_killed_its_reader_three_times_is_set_aside_with_an_event(house: House) -> None:
    house.mailbox()
    house.do(accept.accept, accept.prepare(house.arrival("help@example.com")))
    for death in (1, 2, 3):
        (taken,) = house.do(intake.claim, 1, now=house.now)
        after = house.do(intake.died, taken.request_id, taken.fence, now=house.now)
        assert after.deaths == death
        assert after.state is (ArrivalState.SET_ASIDE if death == 3 else ArrivalState.ACCEPTED)
    assert house.do(intake.claim, 1, now=house.now + timedelta(days=1)) == []
    (event,) = house.told(EventType.MESSAGE_SET_ASIDE)
    assert event.request_id == taken.request_id
    assert event.data == {"blob": taken.blob, "recipients": ["help@example.com"], "deaths": 3}
    assert house.see(intake.raw, taken)
