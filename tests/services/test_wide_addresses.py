"""Addresses beyond ASCII on their whole way: written to, answered, known again, and kept from a mailbox."""

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState, Outcome, judge
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.local_mail import arriving
from loftbox_cli.core.mail_report import Action, MailReport, Reported, ReportKind
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.replying import reply
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.suppression import Suppression
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.services import accept, deliveries, facts, intake, local, submit, suppressions
from loftbox_cli.services.tx import Viewer
from tests.services.house import ANNA, SCHEDULE, TAG_SECRET, TAKEN, House, letter

READER = "用户@xn--r8jz45g.test"
JANE = "jürgen@peer.test"


@pytest.fixture
def anna(house: House) -> Mailbox:
    return house.mailbox("anna@example.com")


def first_contact(house: House, anna: Mailbox, recipient: str) -> object:
    message = house.send(anna, recipient).message
    name = "recipient.first_contact"
    return house.see(facts.gather, message, frozenset({name}), house.now).recipients[0][name]


def suppress(house: House, address: str) -> Suppression:
    return house.do(
        suppressions.add,
        domain="example.com",
        address=address,
        why="asked by phone",
        expires_at=None,
        by=ANNA,
        now=house.now,
    )


def test_a_message_goes_there_under_a_return_path_that_is_ascii(house: House, anna: Mailbox) -> None:
    sent = house.send(anna, "用户@例え.test").message
    assert sent.rcpt_to == (READER,)
    assert sent.mail_from.isascii()
    (delivery,) = house.claim()
    assert (delivery.recipient, delivery.destination) == (READER, "xn--r8jz45g.test")
    load = house.load(delivery)
    assert deliveries.is_whole(load, READER)
    assert read(load.raw).to[0].address == READER


def test_who_wrote_from_such_an_address_is_answered_there(house: House, anna: Mailbox) -> None:
    raw = "Message-ID: <1@x.test>\r\nFrom: 用户 <用户@例え.test>\r\nSubject: 你好\r\n\r\n你好\r\n"
    (asked,) = house.receive(anna.address, reading=read(raw.encode()), mail_from=READER)
    assert asked.from_[0].address == READER
    draft = reply(asked, Draft(text="你好"), own=anna.address)
    on = house.see(submit.grounds, anna.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    assert prepared.rcpt_to == (READER,)
    assert read(prepared.raw).subject == "Re: 你好"
    assert read(prepared.raw).in_reply_to == ("<1@x.test>",)
    assert prepared.raw.replace("用户@".encode(), b"").isascii()


def test_a_correspondent_is_known_again_in_either_case_but_not_under_another_name(
    house: House, anna: Mailbox
) -> None:
    assert first_contact(house, anna, JANE) is True
    assert first_contact(house, anna, "JÜRGEN@Peer.test") is False
    assert first_contact(house, anna, "strasse@peer.test") is True
    assert first_contact(house, anna, "straße@peer.test") is True
    assert first_contact(house, anna, "Straße@peer.test") is False


def test_whom_nobody_may_write_to_is_found_in_either_case(house: House, anna: Mailbox) -> None:
    assert suppress(house, "JÜRGEN@peer.test").address == JANE
    (delivery,) = house.send(anna, JANE).deliveries
    assert delivery.state is DeliveryState.SUPPRESSED


@pytest.mark.rule("I9")
def test_a_host_without_smtputf8_fails_the_delivery_and_blames_no_recipient(
    house: House, anna: Mailbox
) -> None:
    (delivery,) = house.send(anna, JANE).deliveries
    house.claim()
    words = "mx.peer.test does not take addresses or headers in UTF-8"
    refused = Report(Stage.MAIL, Reply(553, "5.6.7", words), hopeless=True)
    assert judge(refused) is Outcome.FAILED
    after = house.record(house.delivery(delivery), refused)
    assert (after.state, after.last_class) == (DeliveryState.FAILED, "protocol")
    assert house.see(lambda tx: tx.suppressions.all()) == []


@pytest.mark.parametrize("reported", [READER, "用户@例え.test"])
def test_a_bounce_that_names_it_in_utf8_finds_its_delivery(
    house: House, anna: Mailbox, reported: str
) -> None:
    sent = house.send(anna, READER, "joe@peer.test").message
    carried = []
    for delivery in house.claim():
        house.hand_over(delivery)
        carried.append(house.record(delivery, TAKEN))
    report = MailReport(
        ReportKind.DELIVERY_STATUS, "rfc6533", (Reported(reported, action=Action.FAILED, status="5.2.2"),)
    )
    house.receive(sent.mail_from, reading=letter("mailer-daemon@peer.test", report=report), mail_from="")
    after = {each.recipient: house.delivery(each).state for each in carried}
    assert after == {READER: DeliveryState.BOUNCED, "joe@peer.test": DeliveryState.DELIVERED}


def test_a_mail_that_names_such_an_address_is_taken_in_within_the_gateway(
    house: House, anna: Mailbox
) -> None:
    bert = house.mailbox("bert@other.example")
    house.send(anna, "bert+jürgen@other.example", READER)
    [here] = [each for each in house.claim() if each.destination == "other.example"]
    assert taken_in(house, here).state is DeliveryState.DELIVERED
    (taken,) = house.do(intake.claim, 1, now=house.now)
    assert taken.smtputf8
    reading = read(house.see(intake.raw, taken))
    assert [party.address for party in reading.to] == ["bert+jürgen@other.example", READER]
    (received,) = house.do(
        intake.file, taken.request_id, taken.fence, reading, tag_secret=TAG_SECRET, now=house.now
    )
    assert received.mailbox_id == bert.id
    assert "for <bert+jürgen@other.example>;".encode() in received.trace.encode("latin-1")


def taken_in(house: House, delivery: Delivery) -> Delivery:
    load = house.load(delivery)
    arrival = arriving(delivery, load.message.mail_from, load.raw, host="mx.example.com", now=house.now)
    return house.do(
        local.hand_in,
        delivery,
        accept.prepare(arrival),
        tag_secret=TAG_SECRET,
        schedule=SCHEDULE,
        spread=0.0,
        now=house.now,
    )


def test_a_mailbox_has_an_address_that_every_host_takes_mail_from(house: House) -> None:
    with pytest.raises(BadInput, match="SMTPUTF8") as refused:
        house.mailbox("jürgen@example.com")
    assert refused.value.field == "address"
