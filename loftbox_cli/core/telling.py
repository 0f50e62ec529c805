"""An event as a line of the delivery log: what happened, and the state that it led to.

    09:41:02  Policy evaluated: operational support reply     verified
    09:41:03  Message accepted for delivery                   queued

Each event type has one form here: a sentence, a state, and the members of `data`
of which the first that says something ends the sentence. What strangers wrote
stays on its line and obeys no terminal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.events import EventType
from loftbox_cli.core.plain_text import plain_line

WIDTH = 46  # of the sentence; a longer one moves its state to the right
LONGEST = 300  # characters of what is quoted in a sentence


class Happened(Protocol):
    """What a sentence needs of an event: `Event` and its views have it."""

    @property
    def type(self) -> EventType:
        """The kind of event."""
        ...

    @property
    def data(self) -> Mapping[str, JSON]:
        """What it is about."""
        ...


class Sentence(NamedTuple):
    """What happened, in words, and one word for the state after it."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class _Form:
    text: str
    state: str
    about: tuple[str, ...] = ()
    joint: str = ": "


_BY = " by "
_EVALUATED = {"allow": "verified", "hold": "held", "block": "blocked"}
_ARRIVED = frozenset(
    {
        EventType.MESSAGE_RECEIVED,
        EventType.MESSAGE_REPLY_RECEIVED,
        EventType.MESSAGE_AUTO_REPLY_RECEIVED,
    }
)

_FORMS: dict[EventType, _Form] = {
    EventType.MESSAGE_RECEIVED: _Form("Message received", "received"),
    EventType.MESSAGE_REPLY_RECEIVED: _Form("Reply received", "received"),
    EventType.MESSAGE_AUTO_REPLY_RECEIVED: _Form("Automatic reply received", "received"),
    EventType.MESSAGE_QUARANTINED: _Form("Message quarantined", "quarantined", ("detail", "reasons")),
    EventType.MESSAGE_RELEASED: _Form("Message released from quarantine", "received", ("by",), _BY),
    EventType.MESSAGE_REFUSED: _Form("Message refused", "refused", ("detail", "reasons")),
    EventType.MESSAGE_HELD: _Form("Message held for approval", "held"),
    EventType.MESSAGE_QUEUED: _Form("Message accepted for delivery", "queued"),
    EventType.MESSAGE_DELIVERED: _Form("Provider confirmed recipient delivery", "delivered"),
    EventType.MESSAGE_RETRIED: _Form("Delivery will be tried again", "queued", ("words",)),
    EventType.MESSAGE_FAILED: _Form("Delivery failed", "failed", ("detail", "words")),
    EventType.MESSAGE_BLOCKED: _Form("Message blocked", "blocked", ("detail", "reasons")),
    EventType.MESSAGE_CANCELED: _Form("Message canceled", "canceled", ("by",), _BY),
    EventType.MESSAGE_EXPIRED: _Form("Message expired", "expired"),
    EventType.MESSAGE_SUPPRESSED: _Form("Recipient is suppressed", "suppressed", ("detail", "recipient")),
    EventType.MESSAGE_SCHEDULED: _Form("Message scheduled", "scheduled", ("send_at",)),
    EventType.MESSAGE_DELAYED: _Form("Delivery delayed", "queued", ("detail",)),
    EventType.MESSAGE_UNCERTAIN: _Form("Provider did not confirm the delivery", "uncertain", ("words",)),
    EventType.MESSAGE_SET_ASIDE: _Form("Message set aside: it cannot be read", "set_aside"),
    EventType.MESSAGE_BOUNCED: _Form("Delivery bounced", "bounced", ("words", "recipient")),
    EventType.MESSAGE_COMPLAINED: _Form("Recipient complained", "complained", ("recipient",)),
    EventType.APPROVAL_REQUESTED: _Form("Approval requested", "pending", ("subject",)),
    EventType.APPROVAL_REVISED: _Form("Message edited", "pending", ("by",), _BY),
    EventType.APPROVAL_AGREED: _Form("Agreed, others are asked", "pending", ("by",), _BY),
    EventType.APPROVAL_APPROVED: _Form("Approved", "approved", ("decided_by",), _BY),
    EventType.APPROVAL_REJECTED: _Form("Rejected", "rejected", ("why",)),
    EventType.APPROVAL_EXPIRED: _Form("Approval expired", "expired"),
    EventType.APPROVAL_CANCELED: _Form("Approval canceled", "canceled", ("why",)),
    EventType.POLICY_EVALUATED: _Form("Policy evaluated", "evaluated", ("detail", "reasons")),
    EventType.POLICY_UPDATED: _Form("Policy updated", "updated", ("detail", "policy")),
    EventType.THREAD_PAUSED: _Form("Thread paused", "paused", ("why", "reasons")),
    EventType.THREAD_RESUMED: _Form("Thread resumed", "active", ("by",), _BY),
    EventType.THREAD_CLOSED: _Form("Thread closed", "closed", ("by",), _BY),
    EventType.THREAD_LOOP_DETECTED: _Form("Mail loop detected", "paused", ("detail",)),
    EventType.MAILBOX_PAUSED: _Form("Mailbox paused", "paused", ("why",)),
    EventType.MAILBOX_RESUMED: _Form("Mailbox resumed", "active", ("by",), _BY),
    EventType.AGENT_PAUSED: _Form("Agent paused", "paused", ("why",)),
    EventType.AGENT_RESUMED: _Form("Agent resumed", "active", ("by",), _BY),
    EventType.DOMAIN_PAUSED: _Form("Domain paused", "paused", ("why",)),
    EventType.DOMAIN_RESUMED: _Form("Domain resumed", "active", ("by",), _BY),
    EventType.GATEWAY_PAUSED: _Form("Gateway paused", "paused", ("why",)),
    EventType.GATEWAY_RESUMED: _Form("Gateway resumed", "active", ("by",), _BY),
    EventType.DESTINATION_PAUSED: _Form("Destination paused", "paused", ("target", "why")),
    EventType.DESTINATION_RESUMED: _Form("Destination resumed", "active", ("target",)),
    EventType.SMARTHOST_REFUSED: _Form("Smarthost refuses our login", "waiting", ("detail", "smarthost")),
    EventType.SMARTHOST_RECOVERED: _Form("Smarthost lets us in again", "active", ("smarthost",)),
    EventType.CLOCK_JUMPED: _Form("The clock jumped", "noted", ("detail",)),
    EventType.LIMIT_REACHED: _Form("Limit reached", "limited", ("detail", "limit")),
    EventType.ABUSE_REPORTED: _Form("Abuse reported", "reported", ("detail", "from")),
    EventType.CANARY_FOUND: _Form("Canary value found", "blocked", ("detail",)),
    EventType.DOMAIN_VERIFIED: _Form("Domain verified", "verified", ("domain",)),
    EventType.DOMAIN_FAILED: _Form("Domain failed its checks", "failed", ("problems", "domain")),
    EventType.DOMAIN_REVIEWED: _Form("Domain reviewed", "reviewed", ("domain",)),
    EventType.DOMAIN_DKIM_PREPARED: _Form("Next DKIM keys wait for DNS", "pending", ("detail", "domain")),
    EventType.DOMAIN_DKIM_ROTATED: _Form("Next DKIM keys sign", "active", ("detail", "domain")),
    EventType.DOMAIN_DKIM_RETIRED: _Form("Old DKIM records may go", "removable", ("detail", "domain")),
    EventType.WEBHOOK_DISABLED: _Form("Webhook disabled", "disabled", ("detail", "url")),
    EventType.WEBHOOK_RECOVERED: _Form("Webhook recovered", "active", ("url",)),
}


def sentence(event: Happened, *, notified: bool = False) -> Sentence:
    """Tell an event in one sentence.

    `notified` says that a webhook carries it, which is what an agent waits for when
    mail has come in: its first state is pending.
    """
    form = _FORMS[event.type]
    text, state = form.text, form.state
    if about := _about(form, event.data):
        text += form.joint + about
    match event.type, event.data.get("decision"), event.data.get("review"):
        case EventType.POLICY_EVALUATED, str(decision), _:
            state = _EVALUATED.get(decision, state)
        case EventType.DOMAIN_REVIEWED, _, str(review):
            state = plain_line(review)
        case EventType.MESSAGE_DELAYED, _, _ if "report_id" in event.data:
            state = "delivered"  # to a host that tries to pass it on
        case kind, _, _ if notified and kind in _ARRIVED:
            text, state = f"{text} and webhook signed", "pending"
    return Sentence(text, state)


def log_line(at: datetime, told: Sentence, *, width: int = WIDTH) -> str:
    """Write a sentence with its time of day, in the zone that `at` carries."""
    return f"{at:%H:%M:%S}  {told.text:{width}}  {told.state}"


def _about(form: _Form, data: Mapping[str, JSON]) -> str:
    return next((words for name in form.about if (words := _words(data.get(name)))), "")


def _words(value: JSON) -> str:
    if isinstance(value, Mapping):
        return ""
    if isinstance(value, str | int) or value is None:
        text = "" if value is None else str(value)
    else:
        text = "; ".join(filter(None, map(_words, value)))
    return plain_line(text)[:LONGEST].strip()
