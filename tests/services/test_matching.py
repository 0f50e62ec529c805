"""Which thread a mail joins, and by what evidence."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from loftbox_cli.core import tag
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message, Relation
from loftbox_cli.core.reading import Automation, Party, Reading
from loftbox_cli.core.thread import MatchedBy, Thread, ThreadState
from loftbox_cli.services import matching
from tests.services.house import TAG_SECRET, House, letter

HELP = "help@example.com"


@pytest.fixture(autouse=True)
def mailbox(house: House) -> Mailbox:
    return house.mailbox(HELP)


def receive(house: House, name: str = "", *to: str, **fields: Any) -> Message:
    """A mail `<name@peer.test>`; its other fields as `letter` takes them."""
    if name:
        fields["message_id"] = f"<{name}@peer.test>"
    sender = fields.pop("sender", "jane@peer.test")
    (message,) = house.receive(*(to or (HELP,)), reading=letter(sender, **fields))
    return message


def refs(*names: str) -> tuple[str, ...]:
    return tuple(f"<{name}@peer.test>" for name in names)


def thread_of(house: House, message: Message) -> Thread:
    return house.see(lambda tx: tx.threads.get(message.thread_id))


@pytest.mark.rule("O23")
def test_our_own_signed_message_id_counts_before_all_that_a_stranger_wrote(
    house: House, mailbox: Mailbox
) -> None:
    other = receive(house, "other")
    sent = house.send(mailbox, "jane@peer.test").message
    answer = receive(house, in_reply_to=refs("other"), references=(sent.rfc_message_id, *refs("other")))
    assert (answer.thread_id, answer.matched_by) == (sent.thread_id, MatchedBy.OWN_MESSAGE_ID)
    assert answer.thread_id != other.thread_id


def test_our_return_path_counts_before_our_message_id(house: House, mailbox: Mailbox) -> None:
    one = house.send(mailbox, "jane@peer.test").message
    two = house.send(mailbox, "jane@peer.test").message
    answer = receive(house, "", one.mail_from, in_reply_to=(two.rfc_message_id,))
    assert (answer.thread_id, answer.matched_by) == (one.thread_id, MatchedBy.RETURN_PATH)


def test_an_id_of_ours_is_known_whatever_a_program_did_to_its_case(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    answer = receive(house, in_reply_to=(sent.rfc_message_id.upper(),))
    assert (answer.thread_id, answer.matched_by) == (sent.thread_id, MatchedBy.OWN_MESSAGE_ID)


def test_a_forged_id_of_ours_leads_nowhere(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    forged = tag.rfc_message_id(sent.id, "example.com", b"another secret of thirty-two oct")
    answer = receive(house, in_reply_to=(forged,))
    assert answer.thread_id != sent.thread_id
    assert answer.matched_by is MatchedBy.NOTHING


def test_a_signed_id_of_a_message_that_is_gone_leads_nowhere(house: House) -> None:
    gone = tag.rfc_message_id(MessageId(house.mint("msg")), "example.com", TAG_SECRET)
    assert receive(house, in_reply_to=(gone,)).matched_by is MatchedBy.NOTHING


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        ({"in_reply_to": refs("one")}, MatchedBy.IN_REPLY_TO),
        ({"references": refs("one")}, MatchedBy.REFERENCES),
        ({"in_reply_to": refs("gone"), "references": refs("one", "gone")}, MatchedBy.REFERENCES),
        ({"in_reply_to": refs("one"), "references": refs("two")}, MatchedBy.IN_REPLY_TO),
        ({"references": refs("two", "one")}, MatchedBy.REFERENCES),
        ({"references": refs(*(f"gone{n}" for n in range(300)), "one")}, MatchedBy.REFERENCES),
    ],
)
def test_an_answer_to_mail_of_others_joins_its_thread(
    house: House, fields: dict[str, Any], by: MatchedBy
) -> None:
    one = receive(house, "one")
    receive(house, "two")
    answer = receive(house, **fields)
    assert (answer.thread_id, answer.matched_by) == (one.thread_id, by)


def test_the_subaddress_of_a_thread_leads_into_it(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    address = tag.thread_address(mailbox.address, sent.thread_id, TAG_SECRET)
    answer = receive(house, "", address)
    assert (answer.thread_id, answer.matched_by) == (sent.thread_id, MatchedBy.SUBADDRESS)


@pytest.mark.parametrize("secret", [b"another secret of thirty-two oct", TAG_SECRET])
def test_a_subaddress_counts_only_with_our_signature_and_in_its_own_mailbox(
    house: House, mailbox: Mailbox, secret: bytes
) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    other = house.mailbox("other@example.com")
    reached = other if secret is TAG_SECRET else mailbox
    message = receive(house, "", tag.thread_address(reached.address, sent.thread_id, secret))
    assert message.mailbox_id == reached.id
    assert message.thread_id != sent.thread_id


def test_two_that_name_the_same_missing_message_meet_and_it_joins_them_later(house: House) -> None:
    first = receive(house, "b", references=refs("a"))
    second = receive(house, "c", references=refs("a"), sender="tom@peer.test")
    parent = receive(house, "a", sender="ann@peer.test")
    assert (first.matched_by, second.matched_by, parent.matched_by) == (
        MatchedBy.NOTHING,
        MatchedBy.REFERENCES,
        MatchedBy.LATE_PARENT,
    )
    assert first.thread_id == second.thread_id == parent.thread_id


def test_crossed_answers_stay_in_one_thread(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test", "tom@peer.test").message
    jane = receive(house, "jane", in_reply_to=(sent.rfc_message_id,))
    tom = receive(house, "tom", in_reply_to=(sent.rfc_message_id,), sender="tom@peer.test")
    ours = house.send(mailbox, "jane@peer.test", in_reply_to=jane.id).message
    crossed = receive(house, "jane2", in_reply_to=refs("tom"), references=(sent.rfc_message_id, *refs("tom")))
    assert {each.thread_id for each in (sent, jane, tom, ours, crossed)} == {sent.thread_id}


def test_a_changed_subject_leaves_an_answer_in_its_thread(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    answer = receive(house, in_reply_to=(sent.rfc_message_id,), subject="Something else (was: Your order)")
    assert answer.thread_id == sent.thread_id
    assert thread_of(house, sent).subject == "Your order"


def test_a_mail_that_names_nothing_begins_a_thread_whatever_it_forwards(
    house: House, mailbox: Mailbox
) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    forwarded = receive(house, subject="Fwd: Your order", text=f"Message-ID: {sent.rfc_message_id}")
    assert forwarded.thread_id != sent.thread_id


def test_references_that_go_round_join_one_thread(house: House) -> None:
    one = receive(house, "a", references=refs("b", "a"))
    two = receive(house, "b", references=refs("a", "b"))
    assert one.thread_id == two.thread_id


def test_one_id_twice_from_one_sender_is_one_thread_and_two_messages(house: House) -> None:
    one = receive(house, "a", text="first")
    two = receive(house, "a", text="second")
    assert one.id != two.id
    assert (two.thread_id, two.matched_by) == (one.thread_id, MatchedBy.MESSAGE_ID)


def test_who_takes_the_id_of_another_sender_gets_a_thread_of_its_own(house: House) -> None:
    one = receive(house, "a")
    two = receive(house, "a", sender="mallory@evil.test")
    assert one.thread_id != two.thread_id
    answer = receive(house, in_reply_to=refs("a"))
    assert answer.thread_id == one.thread_id


def test_a_late_mail_that_belongs_to_two_threads_joins_one_and_each_names_the_other(house: House) -> None:
    one = receive(house, "b", references=refs("a"))
    two = receive(house, "d", references=refs("c"))
    late = receive(house, "c", references=refs("a"))
    assert one.thread_id != two.thread_id
    assert late.thread_id == one.thread_id
    assert house.see(lambda tx: tx.archive.related(one.thread_id)) == (two.thread_id,)
    assert house.see(lambda tx: tx.archive.related(two.thread_id)) == (one.thread_id,)
    assert house.message(one.id).thread_id == one.thread_id
    assert house.message(two.id).thread_id == two.thread_id


def test_what_one_mailbox_misses_is_nothing_to_another(house: House) -> None:
    house.mailbox("other@example.com")
    one = receive(house, "b", references=refs("a"))
    two = receive(house, "c", "other@example.com", references=refs("a"))
    parent = receive(house, "a", "other@example.com")
    assert one.thread_id != two.thread_id == parent.thread_id


def test_of_a_long_list_of_missing_messages_the_newest_and_the_root_are_remembered(
    house: House, mailbox: Mailbox
) -> None:
    names = [f"gone{n}" for n in range(60)]
    receive(house, "a", references=refs(*names))
    noted = house.see(lambda tx: tx.mentions.all(mailbox_id=mailbox.id))
    assert len(noted) == matching.MOST_MENTIONS
    assert {each.rfc_message_id for each in noted} == {*refs("gone0"), *refs(*names[41:])}


def test_a_stranger_who_quotes_an_id_of_ours_is_in_the_thread_as_a_first_contact(
    house: House, mailbox: Mailbox
) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    message = receive(house, in_reply_to=(sent.rfc_message_id,), sender="mallory@evil.test")
    assert message.thread_id == sent.thread_id
    assert message.relation is Relation.FIRST_CONTACT


@pytest.fixture
def subjects(house: House, mailbox: Mailbox) -> Mailbox:
    """The same mailbox, which asks for threads by subject."""
    asking = replace(mailbox, match_subject=True)
    house.do(lambda tx: tx.mailboxes.save(asking))
    return asking


def test_a_subject_counts_where_the_mailbox_asks_for_it_and_is_marked(
    house: House, subjects: Mailbox
) -> None:
    sent = house.send(subjects, "jane@peer.test").message
    house.clock.advance(days=6)
    answer = receive(house, subject="AW: your order")
    assert (answer.thread_id, answer.matched_by) == (sent.thread_id, MatchedBy.SUBJECT)
    assert house.told()[-1].data["matched_by"] == "subject"


ELSEWHERE: dict[str, dict[str, Any]] = {
    "a stranger": {"sender": "mallory@evil.test"},
    "a stranger beside somebody known": {"from_": (Party("jane@peer.test"), Party("mallory@evil.test"))},
    "another subject": {"subject": "Re: my order"},
    "no subject": {"subject": "Re:"},
    "a mail that names another one": {"in_reply_to": refs("elsewhere")},
    "nobody": {"from_": ()},
}


@pytest.mark.rule("O23")
@pytest.mark.parametrize("fields", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_a_subject_never_brings_strangers_together(
    house: House, subjects: Mailbox, fields: dict[str, Any]
) -> None:
    sent = house.send(subjects, "jane@peer.test").message
    assert receive(house, **{"subject": "Re: Your order", **fields}).thread_id != sent.thread_id


def test_a_subject_counts_for_a_week(house: House, subjects: Mailbox) -> None:
    sent = house.send(subjects, "jane@peer.test").message
    house.clock.advance(days=7, seconds=1)
    assert receive(house, subject="Re: Your order").thread_id != sent.thread_id


def test_a_subject_counts_nowhere_else(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    assert receive(house, subject="Re: Your order").thread_id != sent.thread_id


def test_whoever_writes_opens_a_closed_thread_and_a_robot_does_not(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    closed = replace(thread_of(house, sent), state=ThreadState.CLOSED)
    house.do(lambda tx: tx.threads.save(closed))
    answer: Reading = letter(
        in_reply_to=(sent.rfc_message_id,), headers=(("Auto-Submitted", "auto-replied"),)
    )
    (robot,) = house.receive(HELP, reading=answer)
    assert robot.automation is Automation.AUTO_REPLIED
    assert thread_of(house, sent).state is ThreadState.CLOSED
    receive(house, in_reply_to=(sent.rfc_message_id,))
    assert thread_of(house, sent).state is ThreadState.OPEN


def test_a_robot_that_answers_leaves_the_turn_to_the_other_side(house: House, mailbox: Mailbox) -> None:
    sent = house.send(mailbox, "jane@peer.test").message
    receive(house, in_reply_to=(sent.rfc_message_id,), headers=(("Auto-Submitted", "auto-replied"),))
    assert thread_of(house, sent).state is ThreadState.WAITING


def test_the_order_in_which_mail_arrives_does_not_decide_who_is_together(house: House) -> None:
    chain = {"a": (), "b": ("a",), "c": ("a", "b")}
    for number, order in enumerate(itertools.permutations(chain)):
        found = {
            receive(
                house, f"{name}{number}", references=refs(*(f"{each}{number}" for each in chain[name]))
            ).thread_id
            for name in order
        }
        assert len(found) == 1, order
