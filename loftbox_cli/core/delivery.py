"""One outbound message to one recipient, and what each step makes of it (TRANSITIONS).

*Delivered* means that the next server took responsibility (RFC 5321 section 4.2.5).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import DeliveryId, DomainId, MailboxId, MessageId, RequestId
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.transition import Transition, follow


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELED = "canceled"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"
    SET_ASIDE = "set_aside"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Step(StrEnum):
    """What can happen to a delivery."""

    CLAIM = "claim"
    HAND_OVER = "hand_over"
    SUCCEED = "succeed"
    DEFER = "defer"
    REFUSE = "refuse"
    FALL_SILENT = "fall_silent"
    GIVE_UP = "give_up"
    PUT_BACK = "put_back"
    PUT_BACK_UNCERTAIN = "put_back_uncertain"
    LAPSE = "lapse"
    LAPSE_HANDED_OVER = "lapse_handed_over"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SUPPRESS = "suppress"
    BOUNCE = "bounce"
    COMPLAIN = "complain"
    SET_ASIDE = "set_aside"


_Q, _S, _U = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNCERTAIN
_D, _F = DeliveryState.DELIVERED, DeliveryState.FAILED
_CLAIMED = "the attempt and the next try, before anything is dialed"

TRANSITIONS = (
    Transition(_Q, Step.CLAIM, _S, _CLAIMED, "a lease that lapses; queued again, one back-off later"),
    Transition(_U, Step.CLAIM, _S, _CLAIMED, "the same"),
    Transition(
        _S, Step.HAND_OVER, _S, "that the peer may have it from here on", "uncertain at the next start"
    ),
    Transition(_S, Step.SUCCEED, _D, "the peer's 250", "nothing to do"),
    Transition(_S, Step.DEFER, _Q, "the peer's words and the next try", "a later try"),
    Transition(_S, Step.REFUSE, _F, "the peer's words", "nothing to do"),
    Transition(_S, Step.FALL_SILENT, _U, "that no answer came after the dot", "a later try, same Message-ID"),
    Transition(_S, Step.GIVE_UP, _F, "the last words, and for how long it was tried", "nothing to do"),
    Transition(_Q, Step.GIVE_UP, _F, "why it could not go", "nothing to do"),
    Transition(_U, Step.GIVE_UP, _F, "why it could not go", "nothing to do"),
    Transition(_S, Step.PUT_BACK, _Q, "that the attempt does not count", "a later try"),
    Transition(
        _S, Step.PUT_BACK_UNCERTAIN, _U, "that the attempt does not count", "a later try, same Message-ID"
    ),
    Transition(_S, Step.LAPSE, _Q, "that LoftBox stopped during the attempt", "a later try"),
    Transition(_S, Step.LAPSE_HANDED_OVER, _U, "that the peer may have it", "a later try, same Message-ID"),
    Transition(
        _S, Step.SET_ASIDE, DeliveryState.SET_ASIDE, "that it is not what was let go", "nothing to do"
    ),
    Transition(_Q, Step.CANCEL, DeliveryState.CANCELED, "who called it back", "nothing to do"),
    Transition(_U, Step.CANCEL, DeliveryState.CANCELED, "who called it back", "nothing to do"),
    Transition(_Q, Step.EXPIRE, DeliveryState.EXPIRED, "that its time was over", "nothing to do"),
    Transition(_U, Step.EXPIRE, DeliveryState.EXPIRED, "that its time was over", "nothing to do"),
    Transition(_Q, Step.SUPPRESS, DeliveryState.SUPPRESSED, "why nobody writes there", "nothing to do"),
    Transition(_U, Step.SUPPRESS, DeliveryState.SUPPRESSED, "why nobody writes there", "nothing to do"),
    Transition(_D, Step.BOUNCE, DeliveryState.BOUNCED, "what the later host said", "nothing to do"),
    Transition(_U, Step.BOUNCE, DeliveryState.BOUNCED, "what the later host said", "nothing to do"),
    Transition(_D, Step.COMPLAIN, DeliveryState.COMPLAINED, "that the recipient complained", "nothing to do"),
    Transition(_U, Step.COMPLAIN, DeliveryState.COMPLAINED, "that the recipient complained", "nothing to do"),
)

WAITING = (DeliveryState.QUEUED, DeliveryState.UNCERTAIN)
SETTLED = frozenset(DeliveryState) - {*WAITING, DeliveryState.SENDING}


@dataclass(frozen=True, slots=True)
class Delivery:
    """`next_at` is when it is due; `fence` rises with each claim, and an old one records nothing.

    `expires_at` is when its sender wants it no more, pauses not counted. `look_at` is
    when time alone does something to it, and `delays_told` counts the notices of delay.
    """

    id: DeliveryId
    message_id: MessageId
    mailbox_id: MailboxId
    domain_id: DomainId
    request_id: RequestId
    recipient: str
    destination: str
    state: DeliveryState
    attempts: int
    queued_at: datetime
    next_at: datetime | None
    lease_until: datetime | None
    handover_at: datetime | None
    settled_at: datetime | None
    fence: int
    last_code: int
    last_words: str
    last_class: str = ""
    expires_at: datetime | None = None
    look_at: datetime | None = None
    delays_told: int = 0

    def after(self, step: Step) -> DeliveryState:
        """What a step makes of it; raises Conflict for a step that cannot be taken now."""
        return follow(TRANSITIONS, self.state, step)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, with what the peer said in its own words. `ended_at` is None while it runs."""

    delivery_id: DeliveryId
    number: int
    started_at: datetime
    ended_at: datetime | None
    stage: str
    code: int
    enhanced: str
    words: str
    host: str
    address: str
    tls: str
    outcome: str
    transcript: tuple[str, ...]
    response_class: str = ""


class Outcome(StrEnum):
    """What an attempt means for the delivery."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


def judge(report: Report) -> Outcome:
    """Say what an attempt means. What we do not understand is temporary: mail is not thrown away on a guess.

    A 5yz before MAIL speaks of the session, not of the message, so another try may
    meet a healthier server; a 5yz from MAIL on is final (RFC 5321 section 4.2.1).
    """
    if report.said is None:
        if report.hopeless:
            return Outcome.FAILED
        return Outcome.UNCERTAIN if report.stage is Stage.DOT else Outcome.DEFERRED
    match report.said.code // 100, report.stage:
        case 2, Stage.DOT:
            return Outcome.DELIVERED
        case 5, Stage.MAIL | Stage.RCPT | Stage.DATA | Stage.DOT | Stage.ROUTE:
            return Outcome.FAILED
        case _:
            return Outcome.DEFERRED


def words_of(report: Report) -> str:
    """The peer's own words, or ours about why there are none."""
    if report.said is None:
        return report.fault
    return " ".join(filter(None, (str(report.said.code), report.said.enhanced, report.said.text)))
