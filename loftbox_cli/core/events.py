"""What can happen, and how it is told: the one list of event types and their envelope.

The store keeps events, the API lists them, the log prints them and webhooks carry
them; all of them read this list and this envelope. `seq` counts events in commit
order and is what every cursor uses; ids may be minted in another order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.ids import AgentId, DeliveryId, EventId, MailboxId, MessageId, RequestId, ThreadId

API_VERSION = "2026-11-01"
SHORT = 256  # characters of a string that a truncated event keeps


class EventType(StrEnum):
    """Every kind of event, by family."""

    # inbound
    MESSAGE_RECEIVED = "message.received"
    MESSAGE_REPLY_RECEIVED = "message.reply.received"
    MESSAGE_AUTO_REPLY_RECEIVED = "message.auto_reply.received"
    MESSAGE_QUARANTINED = "message.quarantined"
    MESSAGE_RELEASED = "message.released"
    MESSAGE_REFUSED = "message.refused"

    # outbound
    MESSAGE_HELD = "message.held"
    MESSAGE_QUEUED = "message.queued"
    MESSAGE_DELIVERED = "message.delivered"
    MESSAGE_RETRIED = "message.retried"
    MESSAGE_FAILED = "message.failed"
    MESSAGE_BLOCKED = "message.blocked"
    MESSAGE_CANCELED = "message.canceled"
    MESSAGE_EXPIRED = "message.expired"
    MESSAGE_SUPPRESSED = "message.suppressed"
    MESSAGE_SCHEDULED = "message.scheduled"
    MESSAGE_DELAYED = "message.delayed"
    MESSAGE_UNCERTAIN = "message.uncertain"
    MESSAGE_SET_ASIDE = "message.set_aside"
    MESSAGE_BOUNCED = "message.bounced"
    MESSAGE_COMPLAINED = "message.complained"

    # approval
    APPROVAL_REQUESTED = "approval.requested"
    APPROVAL_REVISED = "approval.revised"
    APPROVAL_AGREED = "approval.agreed"
    APPROVAL_APPROVED = "approval.approved"
    APPROVAL_REJECTED = "approval.rejected"
    APPROVAL_EXPIRED = "approval.expired"
    APPROVAL_CANCELED = "approval.canceled"

    # policy
    POLICY_EVALUATED = "policy.evaluated"
    POLICY_UPDATED = "policy.updated"

    # safety
    THREAD_PAUSED = "thread.paused"
    THREAD_RESUMED = "thread.resumed"
    THREAD_CLOSED = "thread.closed"
    THREAD_LOOP_DETECTED = "thread.loop_detected"
    MAILBOX_PAUSED = "mailbox.paused"
    MAILBOX_RESUMED = "mailbox.resumed"
    AGENT_PAUSED = "agent.paused"
    AGENT_RESUMED = "agent.resumed"
    DOMAIN_PAUSED = "domain.paused"
    DOMAIN_RESUMED = "domain.resumed"
    GATEWAY_PAUSED = "gateway.paused"
    GATEWAY_RESUMED = "gateway.resumed"
    DESTINATION_PAUSED = "destination.paused"
    DESTINATION_RESUMED = "destination.resumed"
    SMARTHOST_REFUSED = "smarthost.refused"
    SMARTHOST_RECOVERED = "smarthost.recovered"
    CLOCK_JUMPED = "clock.jumped"
    LIMIT_REACHED = "limit.reached"
    ABUSE_REPORTED = "abuse.reported"
    CANARY_FOUND = "canary.found"

    # domain
    DOMAIN_VERIFIED = "domain.verified"
    DOMAIN_FAILED = "domain.failed"
    DOMAIN_REVIEWED = "domain.reviewed"
    DOMAIN_DKIM_PREPARED = "domain.dkim.prepared"
    DOMAIN_DKIM_ROTATED = "domain.dkim.rotated"
    DOMAIN_DKIM_RETIRED = "domain.dkim.retired"

    # webhook
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_RECOVERED = "webhook.recovered"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. What it is not about is None.

    `created_at` is aware. `mailbox` is the address, `mailbox_id` its id. `agent_id` decides
    who may see the event and is no part of the envelope. `data` depends on the type; its
    keys and values are what canonical JSON can hold.
    """

    seq: int
    id: EventId
    type: EventType
    created_at: datetime
    request_id: RequestId
    mailbox: str | None = None
    mailbox_id: MailboxId | None = None
    thread_id: ThreadId | None = None
    message_id: MessageId | None = None
    delivery_id: DeliveryId | None = None
    agent_id: AgentId | None = None
    data: Mapping[str, JSON] = field(default_factory=dict)


def envelope(event: Event) -> dict[str, JSON]:
    """Tell an event in the form that lists, streams and webhooks share.

    The message and the delivery that it is about stand in `data`. `signature` is null
    until a notification signs it for its endpoint.
    """
    about: dict[str, JSON] = {}
    if event.message_id is not None:
        about["message_id"] = event.message_id
    if event.delivery_id is not None:
        about["delivery_id"] = event.delivery_id
    return {
        "id": event.id,
        "type": event.type.value,
        "api_version": API_VERSION,
        "created_at": spell_time(event.created_at),
        "request_id": event.request_id,
        "mailbox": event.mailbox,
        "mailbox_id": event.mailbox_id,
        "thread_id": event.thread_id,
        "data": {**event.data, **about},
        "signature": None,
    }


def spell_time(at: datetime) -> str:
    """Write an aware time as RFC 3339 in UTC with milliseconds: 2026-11-21T09:41:02.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def truncated(told: Mapping[str, JSON]) -> dict[str, JSON]:
    """Cut an envelope that is too large to be posted down to where the whole can be read.

    Short values of `data` stay (ids, addresses, codes, sizes); texts and lists go.
    """
    data = told["data"]
    kept: dict[str, JSON] = {}
    if isinstance(data, Mapping):
        kept = {key: value for key, value in data.items() if _is_short(value)}
    return {**told, "data": {**kept, "truncated": True, "url": f"/v1/events/{told['id']}"}}


def _is_short(value: JSON) -> bool:
    if isinstance(value, str):
        return len(value) <= SHORT
    return value is None or isinstance(value, int)
