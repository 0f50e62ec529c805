"""A person's answer to a hold, bound to the exact bytes.

Every pair of state and step that TRANSITIONS does not have is a conflict. A decision names the revision
that its person read; another revision is a conflict too (compare-and-set). So is one
that comes after the time is over, even while nobody has noted yet that it is.

Who submitted a message does not decide about it, under whatever name: an actor comes
with `also`, the other names of the same human.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from loftbox_cli.core.actor import DAEMON, Actor
from loftbox_cli.core.canonical import JSON
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
    CANCEL = "cancel"


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
    Transition(
        ApprovalState.PENDING,
        ApprovalStep.CANCEL,
        ApprovalState.CANCELED,
        "the message called back",
        "a canceled message",
    ),
)


@dataclass(frozen=True, slots=True)
class Approval:
    """`content_sha256` is the hash of envelope and bytes that the person is asked about.

    `rules` are those that held. `approvers` different persons have to say yes; `agreed`
    holds those who did while others were still asked. `noticed` says that persons were
    written to about this revision.
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
    noticed: bool = False

    @property
    def told(self) -> dict[str, JSON]:
        """What an event says about it."""
        return {
            "approval_id": self.id,
            "revision": self.revision,
            "decided_by": self.decided_by or DAEMON.id,
            "via": self.via,
            "why": self.why,
        }

    def check(self, by: Actor, *, revision: int, now: datetime, also: AbstractSet[str] = frozenset()) -> None:
        """Raise unless this person may answer or edit this revision now.

        Raises OwnSubmission, StaleRevision or AlreadyDecided.
        """
        self._check_reader(by, also, revision)
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

    def _check_reader(self, by: Actor, also: AbstractSet[str], revision: int) -> None:
        if self.submitted_by in {by.id, *also}:
            raise OwnSubmission(
                f"{by.name} submitted this message and may not decide about it",
                fix="another person decides: loftbox approvals approve, or reject",
            )
        self.check_revision(revision)

    def check_revision(self, revision: int) -> None:
        """Raise StaleRevision unless this is what is asked about now."""
        if revision != self.revision:
            raise StaleRevision(
                f"approval {self.id} is at revision {self.revision}, the decision names {revision}",
                fix=f"read it again: loftbox approvals show {self.id}",
            )

    def decide(
        self,
        step: ApprovalStep,
        by: Actor,
        *,
        revision: int,
        why: str,
        now: datetime,
        also: AbstractSet[str] = frozenset(),
    ) -> "Approval":
        """Answer with yes or no.

        The same answer to the same revision again gives the approval unchanged.
        A yes that needs another person's beside it is noted, and leaves the approval pending;
        a single no is enough. Raises what `check` raises.
        """
        self._check_reader(by, also, revision)
        decided = follow(TRANSITIONS, ApprovalState.PENDING, step)
        if self.state is decided:
            return self
        self.check(by, revision=revision, now=now, also=also)
        if decided is ApprovalState.APPROVED:
            if not {by.id, *also}.isdisjoint(self.agreed) and self.approvers > 1:
                return self
            agreed = (*self.agreed, by.id)
            if len(agreed) < self.approvers:
                return replace(self, agreed=agreed)
        return replace(self, state=decided, decided_at=now, decided_by=by.id, via=by.via.value, why=why)

    def revise(self, content_sha256: str, rules: tuple[RuleHit, ...], approvers: int) -> "Approval":
        """Ask about other bytes: whoever agreed to the former ones is asked again.

        `rules` and `approvers` are what the edited message is held for; the time to answer goes on.
        """
        return replace(
            self,
            revision=self.revision + 1,
            content_sha256=content_sha256,
            rules=rules,
            reasons=tuple(dict.fromkeys(hit.reason for hit in rules)),
            approvers=approvers,
            agreed=(),
            noticed=False,
        )

    def told_of(self) -> "Approval":
        """Note that persons were written to about this revision."""
        return replace(self, noticed=True)

    def expire(self, now: datetime) -> "Approval":
        """Let a pending approval run out; others stay as they are."""
        if self.state is not ApprovalState.PENDING:
            return self
        state = follow(TRANSITIONS, self.state, ApprovalStep.EXPIRE)
        return replace(self, state=state, decided_at=now, decided_by=DAEMON.id, via=DAEMON.via.value)

    def cancel(self, by: Actor, *, why: str, now: datetime) -> "Approval":
        """Take the question back; what is decided stays as it is."""
        if self.state is not ApprovalState.PENDING:
            return self
        state = follow(TRANSITIONS, self.state, ApprovalStep.CANCEL)
        return replace(self, state=state, decided_at=now, decided_by=by.id, via=by.via.value, why=why)
