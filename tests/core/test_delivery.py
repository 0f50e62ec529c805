import pytest

from loftbox_cli.core.delivery import (
    SETTLED,
    TRANSITIONS,
    WAITING,
    DeliveryState,
    Outcome,
    Step,
    judge,
    words_of,
)
from loftbox_cli.core.errors import Conflict
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.transition import follow

D, U, F, Q = Outcome.DELIVERED, Outcome.UNCERTAIN, Outcome.FAILED, Outcome.DEFERRED
CODES = (200, 220, 250, 251, 299, 354, 400, 421, 450, 451, 499, 500, 503, 550, 554, 599, 100, 0, 999)

# What a 5yz means at each stage; no other reply but a 2yz after the dot is final.
REFUSED = {
    Stage.ROUTE: F,
    Stage.CONNECT: Q,
    Stage.GREETING: Q,
    Stage.EHLO: Q,
    Stage.TLS: Q,
    Stage.AUTH: Q,
    Stage.MAIL: F,
    Stage.RCPT: F,
    Stage.DATA: F,
    Stage.DOT: F,
}


def test_the_table_knows_every_stage() -> None:
    assert set(REFUSED) == set(Stage)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("code", CODES)
def test_each_reply_at_each_stage(stage: Stage, code: int) -> None:
    expected = Q
    if 500 <= code <= 599:
        expected = REFUSED[stage]
    if 200 <= code <= 299 and stage is Stage.DOT:
        expected = D
    assert judge(Report(stage, Reply(code, "", "words"))) is expected


@pytest.mark.parametrize("stage", list(Stage))
def test_silence_is_tried_again_and_uncertain_only_after_the_dot(stage: Stage) -> None:
    assert judge(Report(stage, fault="no answer")) is (U if stage is Stage.DOT else Q)


@pytest.mark.parametrize("stage", list(Stage))
def test_what_no_waiting_mends_fails_without_a_reply(stage: Stage) -> None:
    assert judge(Report(stage, fault="null MX", hopeless=True)) is F


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (Report(Stage.DOT, Reply(250, "2.0.0", "Ok")), "250 2.0.0 Ok"),
        (Report(Stage.DOT, Reply(250, "", "Ok")), "250 Ok"),
        (Report(Stage.RCPT, Reply(550, "5.1.1", "<joe>:  no such user")), "550 5.1.1 <joe>:  no such user"),
        (Report(Stage.CONNECT, fault="connection refused"), "connection refused"),
    ],
)
def test_the_words_on_record_are_those_of_the_peer_or_ours_about_why_there_are_none(
    report: Report, words: str
) -> None:
    assert words_of(report) == words


def test_every_state_waits_is_being_sent_or_is_settled() -> None:
    assert {*WAITING, DeliveryState.SENDING, *SETTLED} == set(DeliveryState)
    assert not SETTLED & {*WAITING, DeliveryState.SENDING}


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("state", list(DeliveryState))
def test_a_step_that_the_table_does_not_have_is_a_conflict(state: DeliveryState, step: Step) -> None:
    rows = [row.becomes for row in TRANSITIONS if (row.state, row.step) == (state, step)]
    if rows:
        assert [follow(TRANSITIONS, state, step)] == rows
    else:
        with pytest.raises(Conflict, match=state):
            follow(TRANSITIONS, state, step)


def test_nothing_leaves_a_settled_state_but_what_comes_back() -> None:
    left = {(row.state, row.step) for row in TRANSITIONS if row.state in SETTLED}
    assert left == {(DeliveryState.DELIVERED, Step.BOUNCE), (DeliveryState.DELIVERED, Step.COMPLAIN)}
