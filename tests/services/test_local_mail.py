"""Mail between mailboxes of one gateway: no wire, and nothing else is different."""

from dataclasses import replace
from typing import Any

import pytest

from loftbox_cli.core.compose import stamp
from loftbox_cli.core.delivered import delivered
from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.errors import LeaseLost, Paused
from loftbox_cli.core.events import EventType
from loftbox_cli.core.local_mail import arriving
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message, MessageState, Relation
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.reading import Automation
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.services import accept, intake, local, pauses
from tests.services.house import SCHEDULE, TAG_SECRET, House, letter

HOST = "mx.example.com"


def mail(house: House, delivery: Delivery) -> accept.Prepared:
    """What the deliver loop makes of a delivery that goes nowhere else."""
    load = house.load(delivery)
    assert load.local
    stamped = stamp(load.raw, date=house.now, auto_submitted=load.message.auto_submitted)
    return accept.prepare(arriving(delivery, load.message.mail_from, stamped, host=HOST, now=house.now))


def hand_in(house: House, delivery: Delivery) -> Delivery:
    return house.do(
        local.hand_in,
        delivery,
        mail(house, delivery),
        tag_secret=TAG_SECRET,
        schedule=SCHEDULE,
        spread=0.0,
        now=house.now,
    )


def read_on(house: House) -> list[Message]:
    """Let the intake read what waits."""
    filed = []
    for taken in house.do(intake.claim, 10, now=house.now):
        reading = read(house.see(intake.raw, taken))
        filed += house.do(
            intake.file, taken.request_id, taken.fence, reading, tag_secret=TAG_SECRET, now=house.now
        )
    return filed


def carried(house: House) -> list[Message]:
    """Carry what is due, and read what came in by it."""
    for delivery in house.claim():
        hand_in(house, delivery)
    return read_on(house)


@pytest.fixture
def anna(house: House) -> Mailbox:
    return house.mailbox("anna@example.com")


@pytest.fixture
def bert(house: House) -> Mailbox:
    return house.mailbox("bert@other.example")


def test_a_recipient_on_a_domain_of_ours_gets_the_message_here(
    house: House, anna: Mailbox, bert: Mailbox
) -> None:
    sent = house.send(anna, bert.address)
    (delivery,) = house.claim()
    assert hand_in(house, delivery).state is DeliveryState.DELIVERED
    (told,) = house.told(EventType.MESSAGE_DELIVERED)
    assert (told.data["recipient"], told.data["code"]) == (bert.address, 250)
    (received,) = read_on(house)
    assert (received.mailbox_id, received.state) == (bert.id, MessageState.RECEIVED)
    assert (received.rfc_message_id, received.text) == (sent.message.rfc_message_id, "It is on its way.")
    assert (received.mail_from, received.rcpt_to) == (sent.message.mail_from, (bert.address,))
    assert received.request_id == delivery.id.replace("dlv_", "req_")


def test_what_is_received_looks_as_if_it_had_come_over_smtp(
    house: House, anna: Mailbox, bert: Mailbox
) -> None:
    sent = house.send(anna, bert.address)
    (received,) = carried(house)
    raw = delivered(received.trace.encode(), house.see(lambda tx: tx.raw(received.blob))).decode()
    fields = raw.split("\r\n")
    assert fields[0] == f"Return-Path: <{sent.message.mail_from}>"
    assert fields[1] == f"Received: from {HOST} by {HOST}"
    assert fields[3] == f"\tfor <{bert.address}>;"
    assert (
        "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply\r\n" in raw
    )


def test_a_name_that_nobody_has_fails_and_is_not_written_to_again(house: House, anna: Mailbox) -> None:
    house.send(anna, "nobody@example.com")
    (delivery,) = house.claim()
    failed = hand_in(house, delivery)
    assert (failed.state, failed.last_code) == (DeliveryState.FAILED, 550)
    assert failed.last_words.startswith("550 5.1.1 ")
    assert read_on(house) == []
    (again,) = house.send(anna, "nobody@example.com").deliveries
    assert again.state is DeliveryState.SUPPRESSED


def test_the_operator_is_reached_under_the_reserved_names(house: House, anna: Mailbox) -> None:
    house.send(anna, "abuse@example.com")
    (received,) = carried(house)
    assert received.mailbox_id == house.operator.id


def test_a_domain_whose_mail_is_received_elsewhere_only_sends_from_here(house: House, anna: Mailbox) -> None:
    elsewhere = house.domain("elsewhere.example")
    house.mailbox("box@elsewhere.example")
    house.do(lambda tx: tx.domains.save(replace(elsewhere, inbound=False)))
    house.domain("unproven.example", verified=False)
    house.send(anna, "box@elsewhere.example", "box@unproven.example", "box@example.com")
    loads = {each.recipient: house.load(each).local for each in house.claim()}
    assert loads == {
        "box@elsewhere.example": False,
        "box@unproven.example": False,
        "box@example.com": True,
    }


def test_taking_it_in_and_recording_it_are_one_commit(house: House, anna: Mailbox, bert: Mailbox) -> None:
    house.send(anna, bert.address)
    (delivery,) = house.claim()
    prepared = mail(house, delivery)
    how: dict[str, Any] = {"tag_secret": TAG_SECRET, "schedule": SCHEDULE, "spread": 0.0, "now": house.now}
    late = replace(delivery, fence=delivery.fence - 1)
    house.refuses(LeaseLost, local.hand_in, late, prepared, **how)
    house.do(
        pauses.pause,
        PauseScope.MAILBOX,
        anna.address,
        by=house.by()["by"],
        why="",
        request_id=house.request(),
        now=house.now,
    )
    house.refuses(Paused, local.hand_in, delivery, prepared, **how)


def test_two_agents_that_answer_each_other_by_themselves_stop_by_themselves(
    house: House, anna: Mailbox, bert: Mailbox
) -> None:
    house.send(anna, bert.address)
    answers = []
    for _ in range(20):
        for received in carried(house):
            mailbox = anna if received.mailbox_id == anna.id else bert
            answers.append(
                house.send(mailbox, *(each.address for each in received.from_), in_reply_to=received.id)
            )
    assert [each.message.state for each in answers] == [MessageState.HELD]
    assert answers[0].message.reasons == ("automated_mail_answered",)


def test_an_answer_that_a_person_approved_arrives_and_is_not_answered_by_itself(
    house: House, anna: Mailbox, bert: Mailbox
) -> None:
    asked = house.send(anna, bert.address)
    (question,) = carried(house)
    assert (question.automation, question.relation) == (Automation.OWN, Relation.FIRST_CONTACT)
    held = house.send(bert, anna.address, in_reply_to=question.id)
    house.approve(held)
    (answer,) = carried(house)
    assert (answer.mailbox_id, answer.thread_id) == (anna.id, asked.message.thread_id)
    assert house.send(anna, bert.address, in_reply_to=answer.id).message.state is MessageState.HELD


def test_the_gate_stands_before_mail_that_stays_here_too(house: House, anna: Mailbox, bert: Mailbox) -> None:
    house.oversee(anna, Oversight.GATED_ALL)
    assert house.send(anna, bert.address).message.state is MessageState.HELD
    assert carried(house) == []


@pytest.mark.rule("G6")
def test_an_agent_that_gets_no_answer_is_stopped_after_three_messages(house: House, anna: Mailbox) -> None:
    (question,) = house.receive(anna.address)
    sent = [house.send(anna, in_reply_to=question.id).message for _ in range(4)]
    assert [each.state for each in sent] == [*[MessageState.RELEASED] * 3, MessageState.HELD]
    assert sent[3].reasons == ("agent_in_a_row",)


@pytest.mark.rule("G6")
def test_a_program_that_does_not_say_that_it_is_one_is_known_by_its_pace(house: House, anna: Mailbox) -> None:
    said, answers = house.receive(anna.address)[0], []
    for _ in range(12):
        answers.append(house.send(anna, in_reply_to=said.id).message)
        house.clock.advance(minutes=1)
        reading = letter(in_reply_to=(answers[-1].rfc_message_id,))
        (said,) = house.receive(anna.address, reading=reading)
    assert [each.state for each in answers] == [*[MessageState.RELEASED] * 10, *[MessageState.HELD] * 2]
    assert answers[10].reasons == ("thread_too_fast",)
    house.clock.advance(hours=1)
    assert house.send(anna, in_reply_to=said.id).message.state is MessageState.RELEASED
