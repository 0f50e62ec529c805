from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import EXPIRES_AFTER, Approval, ApprovalState, ApprovalStep
from loftbox_cli.core.errors import AlreadyDecided, OwnSubmission, StaleRevision
from loftbox_cli.core.ids import ApprovalId, MailboxId, MessageId

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
ANNA = Actor(Kind.PERSON, "per_anna", "Anna", Via.LINK)
PENDING = Approval(
    id=ApprovalId("apr_1"),
    message_id=MessageId("msg_1"),
    mailbox_id=MailboxId("mbx_1"),
    state=ApprovalState.PENDING,
    revision=3,
    content_sha256="ab",
    reasons=("oversight_gated_all",),
    submitted_by="agent_1",
    requested_at=NOW,
    expires_at=NOW + EXPIRES_AFTER,
)
LATER = NOW + timedelta(hours=1)
S = ApprovalState
Step = ApprovalStep


@pytest.mark.parametrize(("step", "answer"), [(Step.APPROVE, S.APPROVED), (Step.REJECT, S.REJECTED)])
@pytest.mark.parametrize("state", list(S))
def test_each_answer_to_an_approval_in_each_state(
    state: ApprovalState, step: ApprovalStep, answer: ApprovalState
) -> None:
    approval = replace(PENDING, state=state)
    if state is S.PENDING:
        decided = approval.decide(step, ANNA, revision=3, why="fine", now=LATER)
        assert decided == replace(
            PENDING, state=answer, decided_at=LATER, decided_by="per_anna", via="link", why="fine"
        )
    elif state is answer:
        assert approval.decide(step, ANNA, revision=3, why="again", now=LATER) is approval
    else:
        with pytest.raises(AlreadyDecided, match=state):
            approval.decide(step, ANNA, revision=3, why="", now=LATER)


@pytest.mark.parametrize("state", list(S))
def test_only_a_pending_approval_expires(state: ApprovalState) -> None:
    approval = replace(PENDING, state=state)
    expired = approval.expire(LATER)
    if state is S.PENDING:
        assert (expired.state, expired.decided_at, expired.decided_by) == (S.EXPIRED, LATER, "daemon")
    else:
        assert expired is approval


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("revision", [2, 4])
def test_a_decision_on_another_revision_is_stale_in_every_state(state: ApprovalState, revision: int) -> None:
    with pytest.raises(StaleRevision):
        replace(PENDING, state=state).decide(Step.APPROVE, ANNA, revision=revision, why="", now=LATER)


@pytest.mark.rule("D6")
@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("via", list(Via))
def test_who_submitted_decides_nothing_through_any_door(state: ApprovalState, via: Via) -> None:
    agent = Actor(Kind.AGENT, "agent_1", "bot", via)
    with pytest.raises(OwnSubmission):
        replace(PENDING, state=state).decide(Step.APPROVE, agent, revision=3, why="", now=LATER)


def test_the_day_is_over_at_its_last_moment() -> None:
    just = PENDING.expires_at - timedelta(microseconds=1)
    assert PENDING.decide(Step.APPROVE, ANNA, revision=3, why="", now=just).state is S.APPROVED
    with pytest.raises(AlreadyDecided, match="ran out"):
        PENDING.decide(Step.APPROVE, ANNA, revision=3, why="", now=PENDING.expires_at)


def test_the_same_answer_again_is_harmless_also_after_the_day() -> None:
    decided = PENDING.decide(Step.REJECT, ANNA, revision=3, why="", now=LATER)
    assert decided.decide(Step.REJECT, ANNA, revision=3, why="", now=NOW + timedelta(days=9)) is decided
