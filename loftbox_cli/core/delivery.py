"""One outbound message to one recipient, and what each step does to it.

    state      step        becomes     what is committed with it            a crash just after leaves
    queued     claim       sending     the attempt and the next try         a lease that lapses: queued again
    sending    hand over   sending     the phase handover, before DATA      uncertain, then tried again
    sending    success     delivered   the peer's 250                       nothing to do
    sending    defer       queued      the peer's words and the next try    a later try
    sending    refuse      failed      the peer's words                     nothing to do
    sending    silence     uncertain   that no answer came after the dot    a later try, same Message-ID
    uncertain  claim       sending     the attempt and the next try         as above
    sending    give up     failed      the peer's last words                nothing to do

*Delivered* means that the next server took responsibility (RFC 5321 section 4.2.5).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from loftbox_cli.core.ids import DeliveryId, DomainId, MailboxId, MessageId, RequestId
from loftbox_cli.core.report import Report, Stage


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


WAITING = (DeliveryState.QUEUED, DeliveryState.UNCERTAIN)
SETTLED = frozenset(DeliveryState) - {*WAITING, DeliveryState.SENDING}


@dataclass(frozen=True, slots=True)
class Delivery:
    """`next_at` is when it is due; `fence` rises with each claim, and an old one records nothing."""

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
    return f"{report.said.code} {report.said.enhanced} {report.said.text}".replace("  ", " ")
