"""Each delivery can be explained: what was said, what it means, what is next, what to do."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.explaining import explain
from loftbox_cli.core.ids import DeliveryId, DomainId, MailboxId, MessageId, RequestId
from loftbox_cli.core.response_meaning import OF_CLASS, OF_WORDS, meaning
from loftbox_cli.core.response_rules import ResponseClass

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
QUEUED = Delivery(
    id=DeliveryId("dlv_1"),
    message_id=MessageId("msg_1"),
    mailbox_id=MailboxId("mbx_1"),
    domain_id=DomainId("dom_1"),
    request_id=RequestId("req_1"),
    recipient="jane@peer.test",
    destination="peer.test",
    state=DeliveryState.QUEUED,
    attempts=0,
    queued_at=NOW,
    next_at=NOW,
    lease_until=None,
    handover_at=None,
    settled_at=None,
    fence=0,
    last_code=0,
    last_words="",
)


def stands(state: DeliveryState, words: str = "", kind: str = "", attempts: int = 1) -> Delivery:
    next_at = NOW if state in (DeliveryState.QUEUED, DeliveryState.UNCERTAIN) else None
    return replace(QUEUED, state=state, last_words=words, last_class=kind, attempts=attempts, next_at=next_at)


@pytest.mark.rule("O21")
def test_a_refusal_is_told_with_its_meaning_and_its_cure() -> None:
    told = explain(stands(DeliveryState.FAILED, "550 5.7.26 unauthenticated", "policy"))
    assert told.said == "550 5.7.26 unauthenticated"
    assert told.means == (
        "Neither SPF nor DKIM proved the sender, or DMARC failed; Google and others ask for it."
    )
    assert told.do.startswith("Publish SPF and DKIM")
    assert told.next == "Nothing: LoftBox does not try again."


def test_what_waits_tells_when_it_is_tried() -> None:
    assert explain(QUEUED).next == "It is tried at 2026-11-21T09:41:02.000Z."
    assert explain(QUEUED).means == "No peer has answered yet."
    again = explain(stands(DeliveryState.QUEUED, "451 4.7.1 Greylisted", "policy"))
    assert again.next == "It is tried again at 2026-11-21T09:41:02.000Z."
    assert again.means == "The peer puts every stranger off for some minutes."


def test_what_was_taken_needs_nothing() -> None:
    told = explain(stands(DeliveryState.DELIVERED, "250 2.0.0 Ok"))
    assert (told.response_class, told.do) == (None, "Nothing.")


def test_an_uncertain_delivery_says_that_the_recipient_may_get_it_twice() -> None:
    assert "may get it twice" in explain(stands(DeliveryState.UNCERTAIN, "no answer")).means


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("kind", ["", *ResponseClass])
def test_every_state_and_class_has_its_sentences(state: DeliveryState, kind: str) -> None:
    told = explain(stands(state, "550 no" if kind else "", str(kind)))
    for sentence in (told.means, told.next, told.do):
        assert sentence[0].isupper() or sentence.startswith("loftbox ")
        assert "ADDRESS" not in sentence


def test_every_class_has_a_meaning_and_the_note_on_a_code_comes_first() -> None:
    assert set(OF_CLASS) == set(ResponseClass)
    for mark, note in OF_WORDS:
        assert mark == mark.lower()
        said = f"550 5.{mark} x" if mark[0].isdigit() else f"550 {mark.upper()} x"
        assert meaning(ResponseClass.UNKNOWN, said) == note
    assert meaning(ResponseClass.RATE, "421 from 192.5.7.26 later") == OF_CLASS[ResponseClass.RATE]
    assert meaning(ResponseClass.RATE, "421 later") == OF_CLASS[ResponseClass.RATE]
