"""What the door for mail remembers: the mail that it took, and how often it refused."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.door_counts import read_counts
from loftbox_cli.core.events import EventType, spell_time
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.refusal import Refused, words_for
from loftbox_cli.services import story
from loftbox_cli.services.tx import DOOR_FACT, Accepted, ArrivalState, Fact, Tx

ALIKE_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Prepared:
    """An arrival with its hashes, made before the transaction."""

    accepted: Accepted
    raw: bytes


def prepare(arrival: Arrival) -> Prepared:
    """Hash a mail: what is slow about accepting it, and needs no store."""
    blob = hashlib.sha256(arrival.raw).hexdigest()
    accepted = Accepted(
        request_id=arrival.request_id,
        state=ArrivalState.ACCEPTED,
        received_at=arrival.received_at,
        peer=arrival.peer,
        helo=arrival.helo,
        tls=arrival.tls,
        mail_from=arrival.mail_from,
        rcpt_to=arrival.rcpt_to,
        blob=blob,
        size=len(arrival.raw),
        trace=arrival.trace.decode("latin-1"),
        smtputf8=arrival.smtputf8,
        fingerprint="",
        lease_until=None,
        fence=0,
        deaths=0,
    )
    return Prepared(accepted, arrival.raw)


def accept(tx: Tx, prepared: Prepared) -> RequestId:
    """Keep a mail for good, unread. The same mail again within a day is answered with its first request."""
    return accept_all(tx, [prepared])[0]


def accept_all(tx: Tx, mails: Sequence[Prepared]) -> list[RequestId]:
    """The same for mails that wait together: a few statements do for all that bring something new."""
    first = tx.bring([(mail.accepted.blob, mail.raw, mail.accepted.request_id) for mail in mails])
    arrived = [mail.accepted for mail in mails]
    tx.arrivals.add_all([each for each in arrived if each.request_id in first])
    return [each.request_id if each.request_id in first else _accept_known(tx, each) for each in arrived]


def _accept_known(tx: Tx, accepted: Accepted) -> RequestId:
    """Keep a mail whose bytes are here already, unless it is all the same mail."""
    fingerprint = _fingerprint(accepted)
    since = accepted.received_at - ALIKE_WITHIN
    bringer = tx.due.bringer(accepted.blob)
    if bringer and bringer.received_at >= since and _fingerprint(bringer) == fingerprint:
        return bringer.request_id
    twin = tx.due.alike(fingerprint, since)
    if twin is None:
        tx.arrivals.add(replace(accepted, fingerprint=fingerprint))
    return twin or accepted.request_id


def door_counts(tx: Tx) -> str:
    """What the door counted until now, as the daemon wrote it down; "" before the first time."""
    fact = tx.facts.find(name=DOOR_FACT)
    return fact.value if fact else ""


def note_counts(
    tx: Tx, counts: str, over: Mapping[Refused, int], *, request_id: RequestId, now: datetime
) -> None:
    """Write the door's counts down, and tell the hours that are over: one event for each key.

    An hour that is told already is not told again, whoever was interrupted between
    this commit and hearing of it.
    """
    told = read_counts(door_counts(tx)).refusals.told
    for key, count in over.items():
        if key.hour > told:
            data = {
                "peer": key.peer,
                "domain": key.domain,
                "reason": key.reason.value,
                "count": count,
                "since": spell_time(key.began_at),
                "detail": words_for(key, count),
            }
            story.tell(tx, EventType.MESSAGE_REFUSED, request_id, now, data)
    tx.facts.remove(name=DOOR_FACT)
    tx.facts.add(Fact(DOOR_FACT, counts))


def _fingerprint(accepted: Accepted) -> str:
    """SHA-256 over the bytes' hash, the sender and the sorted recipients, each framed by its length."""
    digest = hashlib.sha256()
    for part in (accepted.blob, accepted.mail_from, *sorted(accepted.rcpt_to)):
        octets = part.encode()
        digest.update(len(octets).to_bytes(4) + octets)
    return digest.hexdigest()
