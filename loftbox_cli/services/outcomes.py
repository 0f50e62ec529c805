"""What an attempt saw, written down with what follows from it: one commit for attempt, state and event."""

from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import Delivery, Outcome, Step, judge, words_of
from loftbox_cli.core.events import EventType, spell_time
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.response_class import classify
from loftbox_cli.core.retry import GiveUp, Schedule, next_try
from loftbox_cli.services import suppressions
from loftbox_cli.services.settling import leased, running, settle, spell, tell
from loftbox_cli.services.stops import time_held
from loftbox_cli.services.tx import Tx

# Before RCPT no refusal speaks of the recipient; at ROUTE its domain takes no mail at all.
_ABOUT_RECIPIENT = (Stage.ROUTE, Stage.RCPT, Stage.DATA, Stage.DOT)


def record(
    tx: Tx,
    delivery_id: DeliveryId,
    fence: int,
    report: Report,
    *,
    schedule: Schedule,
    spread: float,
    now: datetime,
) -> Delivery:
    """Write down what an attempt saw, and what follows from it; raises LeaseLost."""
    delivery = leased(tx, delivery_id, fence)
    outcome = judge(report)
    ended = _end_attempt(tx, delivery, report, outcome, now)
    data: dict[str, JSON] = {
        "recipient": ended.recipient,
        "attempt": ended.attempts,
        "code": ended.last_code,
        "words": ended.last_words,
        "class": ended.last_class,
    }
    match outcome:
        case Outcome.DELIVERED:
            return settle(tx, ended, Step.SUCCEED, EventType.MESSAGE_DELIVERED, data, now)
        case Outcome.FAILED:
            _note_failure(tx, ended, report, now)
            return settle(tx, ended, Step.REFUSE, EventType.MESSAGE_FAILED, data, now)
        case Outcome.UNCERTAIN:
            step, kind = Step.FALL_SILENT, EventType.MESSAGE_UNCERTAIN
        case Outcome.DEFERRED:
            step, kind = Step.DEFER, EventType.MESSAGE_RETRIED
    following = next_try(
        ended.attempts,
        ended.queued_at + time_held(tx, ended, now),
        now,
        spread,
        waits=schedule.waits,
        give_up_after=schedule.give_up_after,
    )
    if isinstance(following, GiveUp):
        data |= {"detail": f"gave up after {spell(following.waited)}: {ended.last_words}"}
        return settle(tx, ended, Step.GIVE_UP, EventType.MESSAGE_FAILED, data, now)
    waiting = replace(ended, state=ended.after(step), next_at=following.at)
    tx.deliveries.save(waiting)
    tell(tx, kind, waiting, now, data | {"next_at": spell_time(following.at)})
    return waiting


def _note_failure(tx: Tx, delivery: Delivery, report: Report, now: datetime) -> None:
    """Suppress a recipient of whom the peer said, after it was named, that nobody is there."""
    if report.said is not None and report.stage in _ABOUT_RECIPIENT:
        response = classify(report.said.code, report.said.enhanced, report.said.text)
        suppressions.note_failure(tx, delivery, response, delivery.last_words, now)


def _end_attempt(tx: Tx, delivery: Delivery, report: Report, outcome: Outcome, now: datetime) -> Delivery:
    """Close the attempt, and take what it learnt over into the delivery."""
    words = words_of(report)
    code, enhanced = (report.said.code, report.said.enhanced) if report.said else (0, "")
    about = classify(code, enhanced, report.said.text).kind.value if report.said and code >= 400 else ""
    tx.attempts.save(
        replace(
            running(tx, delivery),
            ended_at=now,
            stage=report.stage.value,
            code=code,
            enhanced=enhanced,
            words=words,
            host=report.host,
            address=report.address,
            tls=report.tls,
            outcome=outcome.value,
            transcript=report.transcript,
            response_class=about,
        )
    )
    return replace(
        delivery, lease_until=None, handover_at=None, last_code=code, last_words=words, last_class=about
    )


def rests(tx: Tx) -> list[Rest]:
    """The sites that are left alone, until when and why."""
    return tx.rests.all()


def keep_rest(tx: Tx, rest: Rest) -> None:
    """Remember that a site is left alone for a time, for who looks at the queue and for the next start."""
    tx.rests.remove(site=rest.site)
    tx.rests.add(rest)
