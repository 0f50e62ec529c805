"""How a suppression is shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.ids import DeliveryId, DomainId, MessageId, SuppressionId
from loftbox_cli.core.suppression import Suppression, SuppressionReason, SuppressionState


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionView:
    """A recipient whom a domain must not write to.

    `message_id` is the message that led to it, `report_id` the mail that told of it; `by`
    is who added or released it. `expires_at` is null where only a person ends it.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "address",
        "domain",
        "state",
        "reason",
        "status",
        "since",
        "expires_at",
        "message_id",
        "detail",
    )

    id: SuppressionId
    object: Literal["suppression"] = "suppression"
    address: str
    domain: str
    domain_id: DomainId
    state: SuppressionState
    reason: SuppressionReason
    status: str
    detail: str
    message_id: MessageId | None
    delivery_id: DeliveryId | None
    report_id: MessageId | None
    by: str
    since: datetime
    expires_at: datetime | None
    released_at: datetime | None
    created_at: datetime


def suppression_view(suppression: Suppression, *, domain: str, now: datetime) -> SuppressionView:
    """Show a suppression of the domain with this name."""
    return SuppressionView(
        id=suppression.id,
        address=suppression.address,
        domain=domain,
        domain_id=suppression.domain_id,
        state=suppression.state(now),
        reason=suppression.reason,
        status=suppression.status,
        detail=suppression.detail,
        message_id=suppression.message_id,
        delivery_id=suppression.delivery_id,
        report_id=suppression.report_id,
        by=suppression.by,
        since=suppression.since,
        expires_at=suppression.expires_at,
        released_at=suppression.released_at,
        created_at=suppression.created_at,
    )
