"""What the door for mail remembers: the mail that it took, and how often it refused."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
        fingerprint=_fingerprint(blob, arrival),
        lease_until=None,
        fence=0,
        deaths=0,
    )
    return Prepared(accepted, arrival.raw)


def accept(tx: Tx, prepared: Prepared) -> RequestId:
    """Keep a mail for good, unread. The same mail again within a day is answered with its first request."""
    return accept_all(tx, [prepared])[0]


def accept_all(tx: Tx, mails: Sequence[Prepared]) -> list[RequestId]:
    """The same for mails that wait together: a few statements do for all of them."""
    since = min(mail.accepted.received_at for mail in mails) - ALIKE_WITHIN
    known = dict(tx.due.alike([mail.accepted.fingerprint for mail in mails], since))
    fresh = []
    for mail in mails:
        if mail.accepted.fingerprint not in known:
            known[mail.accepted.fingerprint] = mail.accepted.request_id
            fresh.append(mail)
    tx.keep_all([(mail.accepted.blob, mail.raw) for mail in fresh])
    tx.arrivals.add_all([mail.accepted for mail in fresh])
    return [known[mail.accepted.fingerprint] for mail in mails]


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


def _fingerprint(blob: str, arrival: Arrival) -> str:
    """SHA-256 over the bytes' hash, the sender and the sorted recipients, each framed by its length."""
    digest = hashlib.sha256()
    for part in (blob, arrival.mail_from, *sorted(arrival.rcpt_to)):
        octets = part.encode()
        digest.update(len(octets).to_bytes(4) + octets)
    return digest.hexdigest()
