"""Each delivery can be explained: what was said, what it means, what is next, what to do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from loftbox_cli.core.delivery import Attempt, Delivery, DeliveryState, Outcome
from loftbox_cli.core.explaining import Explained, explain
from loftbox_cli.core.fault_meaning import OF_STAGE
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause, PauseScope
from loftbox_cli.core.report import Stage
from loftbox_cli.core.response_meaning import OF_CLASS, OF_WORDS, meaning
from loftbox_cli.core.response_rules import ResponseClass
from tests.core.queued import NOW, QUEUED


def stands(state: DeliveryState, words: str = "", kind: str = "", attempts: int = 1) -> Delivery:
    next_at = NOW if state in (DeliveryState.QUEUED, DeliveryState.UNCERTAIN) else None
    return replace(QUEUED, state=state, last_words=words, last_class=kind, attempts=attempts, next_at=next_at)


def ended(
    words: str, kind: str = "", *, stage: str = Stage.RCPT, outcome: Outcome = Outcome.DEFERRED
) -> Attempt:
    return Attempt(
        QUEUED.id, 1, NOW, NOW, stage, 0, "", words, "mx.peer.test", "192.0.2.7", "", outcome, (), kind
    )


def after_refusal(state: DeliveryState, words: str, kind: str) -> Explained:
    return explain(stands(state, words, kind), last=ended(words, kind))


def after_fault(words: str, stage: str) -> Explained:
    return explain(stands(DeliveryState.QUEUED, words), last=ended(words, stage=stage))


@pytest.mark.rule("O21")
def test_a_refusal_is_told_with_its_meaning_and_its_cure() -> None:
    told = after_refusal(DeliveryState.FAILED, "550 5.7.26 unauthenticated", "policy")
    assert told.said == "550 5.7.26 unauthenticated"
    assert told.means == (
        "Neither SPF nor DKIM proved the sender, or DMARC failed; Google and others ask for it."
    )
    assert told.do.startswith("Publish SPF and DKIM")
    assert told.next == "Nothing: LoftBox does not try again."


@pytest.mark.rule("I9")
def test_who_wrote_to_a_host_without_smtputf8_learns_of_the_way_round() -> None:
    words = "553 5.6.7 mx.peer.test does not take addresses or headers in UTF-8"
    told = after_refusal(DeliveryState.FAILED, words, "protocol")
    assert "SMTPUTF8" in told.means
    assert told.do.startswith("Write to an ASCII address")


def test_what_waits_tells_when_it_is_tried() -> None:
    assert explain(QUEUED).next == "It is tried at 2026-11-21T09:41:02.000Z."
    assert explain(QUEUED).means == "No peer has answered yet."
    again = after_refusal(DeliveryState.QUEUED, "451 4.7.1 Greylisted", "policy")
    assert again.next == "It is tried again at 2026-11-21T09:41:02.000Z."
    assert again.means == "The peer puts every stranger off for some minutes."


def test_what_was_taken_needs_nothing() -> None:
    told = explain(stands(DeliveryState.DELIVERED, "250 2.0.0 Ok"))
    assert (told.response_class, told.do) == (None, "Nothing.")


def test_an_uncertain_delivery_says_that_the_recipient_may_get_it_twice() -> None:
    assert "may get it twice" in explain(stands(DeliveryState.UNCERTAIN, "no answer")).means


def test_what_was_called_back_while_the_peer_may_have_had_it_says_so() -> None:
    silent = ended("timed out", stage=Stage.DOT, outcome=Outcome.UNCERTAIN)
    told = explain(stands(DeliveryState.CANCELED, "timed out"), last=silent)
    assert "may have had it" in told.means


@pytest.mark.parametrize("stage", list(Stage))
def test_a_fault_is_explained_by_the_step_that_it_broke_and_blames_no_words_of_the_peer(stage: Stage) -> None:
    told = after_fault("the connection broke", stage)
    assert told.response_class is None
    assert (told.means, told.do.replace(QUEUED.id, "DELIVERY")) == (
        OF_STAGE[stage].means,
        OF_STAGE[stage].do,
    )


def test_a_server_that_does_not_answer_is_not_taken_for_a_full_mailbox() -> None:
    told = after_fault("no connection to mx.peer.test [192.0.2.7]:25: Connection refused", Stage.CONNECT)
    assert told.means == "No server of this domain answered."


def test_a_refused_login_is_explained_as_one_whatever_its_class() -> None:
    refused = ended("535 5.7.8 bad credentials", "policy", stage=Stage.AUTH)
    told = explain(stands(DeliveryState.QUEUED, "535 5.7.8 bad credentials", "policy"), last=refused)
    assert told.means == "The smarthost does not let LoftBox in."


def test_what_ended_on_this_side_is_not_laid_at_the_peers_door() -> None:
    stopped = after_fault("LoftBox stopped during the attempt", "")
    assert stopped.means.startswith("The attempt ended on this side")
    # The class is that of words which were said before.
    kept = explain(
        stands(DeliveryState.QUEUED, "domain example.test is suspended", "rate"),
        last=ended("421 too many", "rate"),
    )
    assert kept.means == "LoftBox itself keeps it back."


def test_what_waits_for_a_site_that_rests_is_tried_when_the_rest_is_over() -> None:
    until = NOW + timedelta(minutes=5)
    rest = Rest("mx.peer.test", ("peer.test",), NOW, until, "no connection")
    told = explain(stands(DeliveryState.QUEUED, "no connection"), last=ended("no connection"), rest=rest)
    assert told.next == ("It is tried again at 2026-11-21T09:46:02.000Z: peer.test rests: no connection.")


def test_what_is_paused_is_tried_once_somebody_resumes_it() -> None:
    pause = Pause(PauseScope.DESTINATION, "peer.test", "os:root", "they are down", NOW)
    told = explain(QUEUED, pauses=[pause])
    assert told.next == "Nothing until somebody resumes it: paused by destination: they are down."


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("kind", ["", *ResponseClass])
def test_every_state_and_class_has_its_sentences(state: DeliveryState, kind: str) -> None:
    if state is DeliveryState.BOUNCED and not kind:
        kind = ResponseClass.UNKNOWN  # a bounce always has its class
    told = after_refusal(state, "550 no" if kind else "", str(kind))
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
