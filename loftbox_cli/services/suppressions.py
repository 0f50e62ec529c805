"""The recipients that a domain does not write to: put there by failures, complaints and people.

What puts them there runs in the commit of what it follows from: a bounce, a complaint, a
refusal at RCPT. Every release and every claim asks `in_force`.
"""

from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.address import comparable, key_of, parse_address, parse_domain
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.ids import DomainId, MessageId, SuppressionId
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.response_class import Response
from loftbox_cli.core.suppression import (
    RECIPIENT_LASTS,
    WATCHED_LASTS,
    Suppression,
    SuppressionReason,
    SuppressionState,
)
from loftbox_cli.services.tx import Tx

MOST_DETAIL = 500


def in_force(tx: Tx, domain_id: DomainId, recipient: str, now: datetime) -> Suppression | None:
    """What forbids to write from this domain to this recipient, or None."""
    found = tx.suppressions.find(domain_id=domain_id, address=key_of(recipient))
    return found if found is not None and found.in_force(now) else None


def note_failure(
    tx: Tx,
    delivery: Delivery,
    response: Response,
    words: str,
    now: datetime,
    *,
    report_id: MessageId | None = None,
) -> Suppression | None:
    """Suppress the recipient of a delivery that failed for good, if the words say that nobody is there.

    A mailbox that is switched off is watched first, and suppressed when another message
    meets the same. Answers None when the failure is not the recipient's.
    """
    if not (response.says_gone or response.says_switched_off):
        return None
    known = tx.suppressions.find(domain_id=delivery.domain_id, address=key_of(delivery.recipient))
    if known is not None and known.in_force(now):
        return known
    again = known is not None and known.state(now) is SuppressionState.WATCHED
    if again and known is not None and known.message_id == delivery.message_id:
        return known
    active = response.says_gone or again
    return _put(
        tx,
        known,
        Suppression(
            id=SuppressionId(tx.mint("sup")),
            domain_id=delivery.domain_id,
            address=key_of(delivery.recipient),
            stored=SuppressionState.ACTIVE if active else SuppressionState.WATCHED,
            reason=SuppressionReason.RECIPIENT,
            status=response.meant,
            detail=words[:MOST_DETAIL],
            message_id=delivery.message_id,
            delivery_id=delivery.id,
            report_id=report_id,
            by="",
            since=now,
            expires_at=now + (RECIPIENT_LASTS if active else WATCHED_LASTS),
            released_at=None,
            created_at=now,
        ),
    )


def note_complaint(
    tx: Tx, delivery: Delivery, reason: SuppressionReason, report_id: MessageId, now: datetime
) -> Suppression:
    """Suppress a recipient who complained, or who wants no more mail. Only a person ends that."""
    known = tx.suppressions.find(domain_id=delivery.domain_id, address=key_of(delivery.recipient))
    return _put(
        tx,
        known,
        Suppression(
            id=SuppressionId(tx.mint("sup")),
            domain_id=delivery.domain_id,
            address=key_of(delivery.recipient),
            stored=SuppressionState.ACTIVE,
            reason=reason,
            status="",
            detail="",
            message_id=delivery.message_id,
            delivery_id=delivery.id,
            report_id=report_id,
            by="",
            since=now,
            expires_at=None,
            released_at=None,
            created_at=now,
        ),
    )


def add(
    tx: Tx,
    *,
    domain: str,
    address: str,
    why: str,
    expires_at: datetime | None,
    by: Actor,
    now: datetime,
) -> Suppression:
    """Suppress a recipient by hand. Doing it again writes the newer reason and end."""
    found = _domain(tx, domain)
    key = comparable(parse_address(address, field="address"))
    return _put(
        tx,
        tx.suppressions.find(domain_id=found.id, address=key),
        Suppression(
            id=SuppressionId(tx.mint("sup")),
            domain_id=found.id,
            address=key,
            stored=SuppressionState.ACTIVE,
            reason=SuppressionReason.OPERATOR,
            status="",
            detail=why[:MOST_DETAIL],
            message_id=None,
            delivery_id=None,
            report_id=None,
            by=by.id,
            since=now,
            expires_at=expires_at,
            released_at=None,
            created_at=now,
        ),
    )


def release(tx: Tx, suppression_id: str, *, by: Actor, now: datetime) -> Suppression:
    """Let a recipient be written to again; doing it twice is harmless."""
    known = find(tx, suppression_id)
    if known.stored is SuppressionState.RELEASED:
        return known
    released = replace(known, stored=SuppressionState.RELEASED, released_at=now, by=by.id)
    tx.suppressions.save(released)
    return released


def find(tx: Tx, suppression_id: str) -> Suppression:
    """One suppression by its id; raises NotFound."""
    found = tx.suppressions.find(id=suppression_id)
    if found is None:
        raise NotFound(
            f"there is no suppression {suppression_id}", fix="loftbox suppression list shows what there is"
        )
    return found


def page(tx: Tx, page: Page, *, domain: str = "", address: str = "") -> PageOf[Suppression]:
    """Suppressions of every state, newest first; `domain` and `address` narrow them."""
    where: dict[str, object] = {}
    if domain:
        where["domain_id"] = _domain(tx, domain).id
    if address:
        where["address"] = comparable(parse_address(address, field="address"))
    return tx.suppressions.page(page, **where)


def domain_name(tx: Tx, suppression: Suppression) -> str:
    """The name of the sending domain that it holds for."""
    return tx.domains.get(suppression.domain_id).name


def _put(tx: Tx, known: Suppression | None, wanted: Suppression) -> Suppression:
    """Write the one row of a domain and recipient: it keeps its id and its age."""
    if known is None:
        tx.suppressions.add(wanted)
        return wanted
    changed = replace(wanted, id=known.id, created_at=known.created_at)
    tx.suppressions.save(changed)
    return changed


def _domain(tx: Tx, name: str) -> Domain:
    where = {"id": name} if name.startswith("dom_") else {"name": parse_domain(name, field="domain")}
    found = tx.domains.find(**where)
    if found is None:
        raise NotFound(
            f"there is no domain {name}", fix="loftbox domain list shows what there is", field="domain"
        )
    return found
