"""A delivery that waits for its first try, for tests of what time and peers do to it."""

from datetime import UTC, datetime

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.ids import DeliveryId, DomainId, MailboxId, MessageId, RequestId

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
QUEUED = Delivery(
    id=DeliveryId("dlv_1"),
    message_id=MessageId("msg_1"),
    mailbox_id=MailboxId("mbx_1"),
    domain_id=DomainId("dom_1"),
    request_id=RequestId("req_1"),
    recipient="jane@peer.test",
    destination="peer.test",
    state=DeliveryState.QUEUED,
    attempts=0,
    queued_at=NOW,
    next_at=NOW,
    lease_until=None,
    handover_at=None,
    settled_at=None,
    fence=0,
    last_code=0,
    last_words="",
)
