"""Ending a delivery that waits for a recipient whom its domain must not write to."""

from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.delivery import Delivery, Step
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.suppression import Suppression, SuppressionReason
from loftbox_cli.services import suppressions
from loftbox_cli.services.settling import settle
from loftbox_cli.services.tx import Tx

_WHY = {
    SuppressionReason.RECIPIENT: "mail to it failed for good",
    SuppressionReason.COMPLAINT: "the recipient complained",
    SuppressionReason.OPT_OUT: "the recipient wants no more mail",
    SuppressionReason.OPERATOR: "an operator suppressed it",
}


def forbidden(tx: Tx, delivery: Delivery, now: datetime) -> Suppression | None:
    """What forbids to write to the recipient of a delivery, or None."""
    return suppressions.in_force(tx, delivery.domain_id, delivery.recipient, now)


def withheld(
    tx: Tx, delivery: Delivery, now: datetime, *, request_id: RequestId | None = None
) -> Delivery | None:
    """Take a waiting delivery to a suppressed recipient out of the queue, and tell it; None: it may go."""
    found = forbidden(tx, delivery, now)
    if found is None:
        return None
    told: dict[str, JSON] = {
        "recipient": delivery.recipient,
        "suppression_id": found.id,
        "reason": found.reason.value,
        "detail": why(found),
    }
    ended = replace(delivery, last_words=why(found))
    return settle(tx, ended, Step.SUPPRESS, EventType.MESSAGE_SUPPRESSED, told, now, request_id=request_id)


def why(found: Suppression) -> str:
    """Say in a line why nobody writes there, and what lets it be written to again."""
    said = f": {found.detail}" if found.detail else ""
    return (
        f"{found.address} is suppressed: {_WHY[found.reason]}{said}; loftbox suppression release {found.id}"
    )
