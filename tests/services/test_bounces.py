"""What comes back finds its delivery, changes it in one commit, and nothing else."""

from dataclasses import replace
from typing import Any

import pytest

from loftbox_cli.core import tag
from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mail_report import Action, MailReport, Reported, ReportKind
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import Automation
from loftbox_cli.core.response_class import classify
from loftbox_cli.core.suppression import SuppressionReason, SuppressionState
from loftbox_cli.edge.mail_read.parse import read
from tests.services.house import SILENCE, TAKEN, UNKNOWN, House, letter

GONE = "550 5.1.1 No such user"


def reported(
    address: str, words: str = GONE, action: Action | None = Action.FAILED, **fields: str
) -> Reported:
    code, status, _ = words.split(" ", 2)
    judged = classify(int(code), status, words)
    return Reported(
        address,
        action=action,
        status=judged.status,
        code=int(code),
        diagnostic=words,
        kind=judged.kind,
        meant=judged.meant,
        **fields,
    )


def delivered(house: House, *to: str) -> tuple[Message, list[Delivery]]:
    """A message that the next server took for each of its recipients."""
    sent = house.send(house.mailbox(), *to or ("jane@peer.test",))
    deliveries = []
    for delivery in house.claim():
        house.hand_over(delivery)
        deliveries.append(house.record(delivery, TAKEN))
    return sent.message, deliveries


def comes_back(house: House, to: str, *recipients: Reported, **fields: Any) -> Message:
    """A report arrives at an address."""
    report = replace(MailReport(ReportKind.DELIVERY_STATUS, "rfc3464", recipients), **fields)
    (mail,) = house.receive(to, reading=letter("mailer-daemon@peer.test", report=report), mail_from="")
    return mail


def suppressed(house: House) -> list[tuple[str, SuppressionState]]:
    return [(each.address, each.state(house.now)) for each in house.see(lambda tx: tx.suppressions.all())]


@pytest.mark.rule("O17")
def test_a_bounce_to_our_return_path_finds_its_delivery(house: House) -> None:
    message, (delivery,) = delivered(house)
    mail = comes_back(house, message.mail_from, reported("jane@peer.test"))
    after = house.delivery(delivery)
    assert (after.state, after.last_words, after.last_class) == (DeliveryState.BOUNCED, GONE, "recipient")
    (event,) = house.told(EventType.MESSAGE_BOUNCED)
    assert event.delivery_id == delivery.id
    assert (event.data["status"], event.data["report_id"]) == ("5.1.1", mail.id)
    assert suppressed(house) == [("jane@peer.test", SuppressionState.ACTIVE)]
    assert mail.automation is Automation.BOUNCE
    assert mail.reported[0].kind == "recipient"


def test_a_bounce_goes_from_its_bytes_to_its_delivery(house: House) -> None:
    message, (delivery,) = delivered(house)
    raw = f"""From: MAILER-DAEMON@mx.peer.test (Mail Delivery System)
To: {message.mail_from}
Subject: failure notice

Hi. This is the qmail-send program at mx.peer.test.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jane@peer.test>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Message-ID: {message.rfc_message_id}
""".replace("\n", "\r\n")
    (mail,) = house.receive("help@example.com", reading=read(raw.encode()), mail_from="")
    assert house.delivery(delivery).state is DeliveryState.BOUNCED
    assert (mail.automation, mail.reported[0].status) == (Automation.BOUNCE, "5.1.1")
    assert suppressed(house) == [("jane@peer.test", SuppressionState.ACTIVE)]


def test_an_away_notice_to_our_return_path_is_no_bounce(house: House) -> None:
    message, (delivery,) = delivered(house)
    raw = b"From: jane@peer.test\r\nSubject: Out of office: Your order\r\n\r\nUser unknown until Monday.\r\n"
    (mail,) = house.receive(message.mail_from, reading=read(raw), mail_from="")
    assert mail.automation is Automation.AUTO_REPLIED
    assert mail.automation_evidence == "Subject: Out of office: Your order"
    assert house.delivery(delivery) == delivery


def test_a_bounce_is_read_from_the_store_as_it_was_written(house: House) -> None:
    message, _ = delivered(house)
    mail = comes_back(house, message.mail_from, reported("jane@peer.test"))
    assert house.message(mail.id) == mail


def test_the_same_bounce_again_changes_nothing_more(house: House) -> None:
    message, _ = delivered(house)
    comes_back(house, message.mail_from, reported("jane@peer.test"))
    comes_back(house, message.mail_from, reported("jane@peer.test"))
    assert len(house.told(EventType.MESSAGE_BOUNCED)) == 1


def test_a_bounce_for_one_recipient_leaves_the_others(house: House) -> None:
    message, deliveries = delivered(house, "jane@peer.test", "john@peer.test")
    comes_back(house, message.mail_from, reported("JOHN@peer.test"))
    states = {each.recipient: house.delivery(each).state for each in deliveries}
    assert states == {"jane@peer.test": DeliveryState.DELIVERED, "john@peer.test": DeliveryState.BOUNCED}


def test_a_forwarders_target_counts_for_the_only_recipient_or_by_the_original_address(house: House) -> None:
    message, (delivery,) = delivered(house)
    comes_back(house, message.mail_from, reported("jane.home@elsewhere.test"))
    assert house.delivery(delivery).state is DeliveryState.BOUNCED


def test_of_several_recipients_only_the_one_that_was_written_to_is_meant(house: House) -> None:
    message, deliveries = delivered(house, "jane@peer.test", "john@peer.test")
    comes_back(house, message.mail_from, reported("jane.home@elsewhere.test"))
    assert {house.delivery(each).state for each in deliveries} == {DeliveryState.DELIVERED}
    comes_back(house, message.mail_from, reported("jane.home@elsewhere.test", original="jane@peer.test"))
    assert DeliveryState.BOUNCED in {house.delivery(each).state for each in deliveries}


def test_a_message_id_of_ours_with_the_recipient_is_enough(house: House) -> None:
    message, (delivery,) = delivered(house)
    ids = (message.rfc_message_id,)
    comes_back(house, "postmaster@example.com", reported("john@peer.test"), message_ids=ids)
    assert house.delivery(delivery).state is DeliveryState.DELIVERED
    comes_back(house, "postmaster@example.com", reported("jane@peer.test"), message_ids=ids)
    assert house.delivery(delivery).state is DeliveryState.BOUNCED


def test_a_forged_message_id_changes_nothing(house: House) -> None:
    message, (delivery,) = delivered(house)
    forged = tag.rfc_message_id(message.id, "example.com", b"another secret")
    comes_back(house, "postmaster@example.com", reported("jane@peer.test"), message_ids=(forged,))
    assert house.delivery(delivery).state is DeliveryState.DELIVERED


@pytest.mark.rule("A10")
def test_a_bounce_for_an_unknown_message_is_kept_and_changes_nothing(house: House) -> None:
    mailbox = house.mailbox()
    mail = comes_back(house, mailbox.address, reported("jane@peer.test"), message_ids=("<x@example.com>",))
    assert house.message(mail.id).report_kind is ReportKind.DELIVERY_STATUS
    assert house.told(EventType.MESSAGE_BOUNCED) == []
    assert suppressed(house) == []


def test_an_old_return_path_counts_no_more(house: House) -> None:
    message, (delivery,) = delivered(house)
    house.clock.advance(days=46)
    comes_back(house, message.mail_from, reported("jane@peer.test"))
    assert house.delivery(delivery).state is DeliveryState.DELIVERED


def test_an_uncertain_delivery_that_bounces_is_not_tried_again(house: House) -> None:
    sent = house.send(house.mailbox())
    (delivery,) = house.claim()
    house.hand_over(delivery)
    assert house.record(delivery, SILENCE).state is DeliveryState.UNCERTAIN
    comes_back(house, sent.message.mail_from, reported("jane@peer.test"))
    assert house.delivery(delivery).state is DeliveryState.BOUNCED
    house.clock.advance(hours=1)
    assert house.claim() == []


def test_a_delay_changes_no_state_and_is_told(house: House) -> None:
    message, (delivery,) = delivered(house)
    delay = reported("jane@peer.test", "451 4.4.1 Connection timed out", Action.DELAYED)
    comes_back(house, message.mail_from, delay)
    assert house.delivery(delivery).state is DeliveryState.DELIVERED
    (event,) = house.told(EventType.MESSAGE_DELAYED)
    assert event.data["detail"] == "the host that took it is still trying: 451 4.4.1 Connection timed out"


def test_a_notice_of_success_changes_nothing(house: House) -> None:
    message, (delivery,) = delivered(house)
    comes_back(house, message.mail_from, Reported("jane@peer.test", action=Action.DELIVERED, status="2.1.5"))
    assert house.delivery(delivery) == delivery


@pytest.mark.parametrize(
    "words",
    [
        "552 5.2.2 Mailbox full",
        "550 5.7.1 Client host blocked using a block list",
        "550 5.7.26 DMARC failed",
        "554 5.3.4 Message too large",
        "550 5.0.0 Go away",
    ],
)
@pytest.mark.rule("O20")
def test_what_says_nothing_about_the_recipient_suppresses_nobody(house: House, words: str) -> None:
    message, (delivery,) = delivered(house)
    comes_back(house, message.mail_from, reported("jane@peer.test", words))
    assert house.delivery(delivery).state is DeliveryState.BOUNCED
    assert suppressed(house) == []


@pytest.mark.rule("O19")
def test_a_complaint_marks_the_delivery_and_ends_the_writing(house: House) -> None:
    message, (delivery,) = delivered(house)
    complaint = {"kind": ReportKind.COMPLAINT, "feedback_type": "abuse", "mail_from": (message.mail_from,)}
    comes_back(house, "abuse@example.com", Reported("jane@peer.test"), **complaint)
    assert house.delivery(delivery).state is DeliveryState.COMPLAINED
    assert [each.data["recipient"] for each in house.told(EventType.MESSAGE_COMPLAINED)] == ["jane@peer.test"]
    assert len(house.told(EventType.ABUSE_REPORTED)) == 1
    (found,) = house.see(lambda tx: tx.suppressions.all())
    assert (found.reason, found.expires_at) == (SuppressionReason.COMPLAINT, None)


def test_a_complaint_that_hides_the_recipient_is_matched_by_our_message_id(house: House) -> None:
    message, (delivery,) = delivered(house)
    ids = (message.rfc_message_id,)
    comes_back(house, "abuse@example.com", kind=ReportKind.COMPLAINT, message_ids=ids)
    assert house.delivery(delivery).state is DeliveryState.COMPLAINED


def test_a_hidden_recipient_of_several_accuses_nobody(house: House) -> None:
    message, _ = delivered(house, "jane@peer.test", "john@peer.test")
    ids = (message.rfc_message_id,)
    comes_back(house, "abuse@example.com", kind=ReportKind.COMPLAINT, message_ids=ids)
    assert house.told(EventType.MESSAGE_COMPLAINED) == []
    assert suppressed(house) == []
    assert len(house.told(EventType.ABUSE_REPORTED)) == 1


def test_who_wants_no_more_mail_gets_none_and_accuses_nobody(house: House) -> None:
    message, (delivery,) = delivered(house)
    ids = (message.rfc_message_id,)
    comes_back(
        house, "abuse@example.com", Reported("jane@peer.test"), kind=ReportKind.OPT_OUT, message_ids=ids
    )
    assert house.delivery(delivery).state is DeliveryState.DELIVERED
    assert suppressed(house) == [("jane@peer.test", SuppressionState.ACTIVE)]


def test_a_mail_taken_out_of_the_junk_folder_changes_nothing(house: House) -> None:
    message, (delivery,) = delivered(house)
    ids = (message.rfc_message_id,)
    comes_back(
        house, "abuse@example.com", Reported("jane@peer.test"), kind=ReportKind.NOT_SPAM, message_ids=ids
    )
    assert house.delivery(delivery) == delivery
    assert house.told(EventType.ABUSE_REPORTED) == []


def test_a_refusal_after_rcpt_suppresses_in_the_same_commit(house: House) -> None:
    house.send(house.mailbox())
    (delivery,) = house.claim()
    house.record(delivery, UNKNOWN)
    assert suppressed(house) == [("jane@peer.test", SuppressionState.ACTIVE)]
