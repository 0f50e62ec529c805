"""A person's answer to a hold, bound to the exact bytes.

Every pair of state and step that TRANSITIONS does not have is a conflict. A decision names the revision
that its person read; another revision is a conflict too (compare-and-set). So is one
that comes after the time is over, even while nobody has noted yet that it is.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.decision import RuleHit
from loftbox_cli.core.errors import AlreadyDecided, OwnSubmission, StaleRevision
from loftbox_cli.core.ids import ApprovalId, MailboxId, MessageId
from loftbox_cli.core.transition import Transition, follow

EXPIRES_AFTER = timedelta(hours=24)


class ApprovalState(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELED = "canceled"


class ApprovalStep(StrEnum):
    """What can happen to an approval."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"


TRANSITIONS = (
    Transition(
        ApprovalState.PENDING,
        ApprovalStep.APPROVE,
        ApprovalState.APPROVED,
        "the release and its deliveries, if the gate agrees",
        "a queued message",
    ),
    Transition(
        ApprovalState.PENDING,
        ApprovalStep.REJECT,
        ApprovalState.REJECTED,
        "the message rejected",
        "a rejected message",
    ),
    Transition(
        ApprovalState.PENDING,
        ApprovalStep.EXPIRE,
        ApprovalState.EXPIRED,
        "the message expired",
        "an expired message",
    ),
)


@dataclass(frozen=True, slots=True)
class Approval:
    """`content_sha256` is the hash of envelope and bytes that the person is asked about.

    `rules` are those that held. `approvers` different persons have to say yes; `agreed`
    holds those who did while others were still asked.
    """

    id: ApprovalId
    message_id: MessageId
    mailbox_id: MailboxId
    state: ApprovalState
    revision: int
    content_sha256: str
    reasons: tuple[str, ...]
    submitted_by: str
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    via: str = ""
    why: str = ""
    rules: tuple[RuleHit, ...] = ()
    approvers: int = 1
    agreed: tuple[str, ...] = ()

    def decide(self, step: ApprovalStep, by: Actor, *, revision: int, why: str, now: datetime) -> "Approval":
        """Answer with yes or no.

        The same answer to the same revision again gives the approval unchanged.
        A yes that needs another person's beside it is noted, and leaves the approval pending.
        Raises OwnSubmission, StaleRevision or AlreadyDecided.
        """
        if by.id == self.submitted_by:
            raise OwnSubmission(
                f"{by.name} submitted this message and may not decide about it",
                fix="another person decides: loftbox approvals approve, or reject",
            )
        if revision != self.revision:
            raise StaleRevision(
                f"approval {self.id} is at revision {self.revision}, the decision names {revision}",
                fix=f"read it again: loftbox approvals show {self.id}",
            )
        decided = follow(TRANSITIONS, ApprovalState.PENDING, step)
        if self.state is decided:
            return self
        if self.state is not ApprovalState.PENDING:
            raise AlreadyDecided(
                f"approval {self.id} is already {self.state}",
                fix=f"loftbox approvals show {self.id} tells by whom",
            )
        if now >= self.expires_at:
            raise AlreadyDecided(
                f"approval {self.id} ran out at {self.expires_at:%Y-%m-%d %H:%M} UTC",
                fix="have the message sent again",
            )
        if decided is ApprovalState.APPROVED and len({*self.agreed, by.id}) < self.approvers:
            return replace(self, agreed=tuple(dict.fromkeys((*self.agreed, by.id))))
        return replace(self, state=decided, decided_at=now, decided_by=by.id, via=by.via.value, why=why)

    def expire(self, now: datetime) -> "Approval":
        """Let a pending approval run out; others stay as they are."""
        if self.state is not ApprovalState.PENDING:
            return self
        state = follow(TRANSITIONS, self.state, ApprovalStep.EXPIRE)
        return replace(self, state=state, decided_at=now, decided_by="daemon", via="daemon")
