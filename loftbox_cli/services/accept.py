"""Taking responsibility for a mail: the verb behind the 250."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.ids import RequestId
from loftbox_cli.services.tx import Accepted, ArrivalState, Tx

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
    accepted = prepared.accepted
    alike = tx.due.alike(accepted.fingerprint, accepted.received_at - ALIKE_WITHIN)
    if alike is not None:
        return alike.request_id
    tx.keep(prepared.raw, accepted.blob)
    tx.arrivals.add(accepted)
    return accepted.request_id


def _fingerprint(blob: str, arrival: Arrival) -> str:
    """SHA-256 over the bytes' hash, the sender and the sorted recipients, each framed by its length."""
    digest = hashlib.sha256()
    for part in (blob, arrival.mail_from, *sorted(arrival.rcpt_to)):
        octets = part.encode()
        digest.update(len(octets).to_bytes(4) + octets)
    return digest.hexdigest()
