"""Why a delivery stands where it stands: what was said, what it means, what is next, what to do."""

from dataclasses import dataclass

from loftbox_cli.core.delivery import Delivery, DeliveryState
from loftbox_cli.core.events import spell_time
from loftbox_cli.core.response_class import classify
from loftbox_cli.core.response_meaning import Meaning, meaning
from loftbox_cli.core.response_rules import ResponseClass

_TAKEN = Meaning("The next server took responsibility for the message.", "Nothing.")
_NEXT = {
    DeliveryState.SENDING: "It is being sent at this moment.",
    DeliveryState.DELIVERED: "Nothing, unless the other side reports that it could not deliver it.",
    DeliveryState.FAILED: "Nothing: LoftBox does not try again.",
    DeliveryState.EXPIRED: "Nothing: it was wanted no later.",
    DeliveryState.CANCELED: "Nothing: somebody called it back.",
    DeliveryState.SUPPRESSED: "Nothing: it was not sent, since this recipient is suppressed.",
    DeliveryState.SET_ASIDE: "Nothing, until an operator looks at it.",
    DeliveryState.BOUNCED: "Nothing: it was taken first, and came back later.",
    DeliveryState.COMPLAINED: "Nothing more is sent to this recipient from this domain.",
}
_OWN = {
    DeliveryState.SUPPRESSED: Meaning(
        "An earlier message failed for good, or the recipient complained.",
        "loftbox suppression list --address ADDRESS shows why; loftbox suppression release ends it.",
    ),
    DeliveryState.COMPLAINED: Meaning(
        "The recipient told the provider that this message is unwanted.",
        "Find out why it was sent; do not write to this person again.",
    ),
    DeliveryState.CANCELED: Meaning("It was called back before it left.", "Nothing."),
    DeliveryState.EXPIRED: Meaning(
        "It could not be delivered in the time that its sender gave.", "Send it again."
    ),
    DeliveryState.UNCERTAIN: Meaning(
        "The peer had the whole message and did not answer; it may have it, and may get it twice.",
        "Nothing: the next try carries the same Message-ID, by which the peer can tell.",
    ),
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One delivery explained. `said` is the peer's own words, "" when none were heard."""

    delivery: Delivery
    response_class: ResponseClass | None
    said: str
    means: str
    next: str
    do: str


def explain(delivery: Delivery) -> Explained:
    """Explain a delivery from its state and the last words about it."""
    kind = _class(delivery)
    found = _OWN.get(delivery.state) or (_TAKEN if kind is None else meaning(kind, delivery.last_words))
    if delivery.state is DeliveryState.DELIVERED:
        found = _TAKEN
    elif kind is None and delivery.state not in _OWN:
        found = Meaning("No peer has answered yet.", "Nothing, or see: loftbox queue list")
    return Explained(
        delivery=delivery,
        response_class=None if delivery.state is DeliveryState.DELIVERED else kind,
        said=delivery.last_words,
        means=found.means,
        next=_next(delivery),
        do=found.do.replace("ADDRESS", delivery.recipient),
    )


def _class(delivery: Delivery) -> ResponseClass | None:
    """The class that was stored, or for what no peer said the one of the words."""
    if delivery.last_class:
        return ResponseClass(delivery.last_class)
    return classify(delivery.last_code, "", delivery.last_words).kind if delivery.last_words else None


def _next(delivery: Delivery) -> str:
    if delivery.next_at is not None and delivery.state in (DeliveryState.QUEUED, DeliveryState.UNCERTAIN):
        first = "It is tried" if delivery.attempts == 0 else "It is tried again"
        return f"{first} at {spell_time(delivery.next_at)}."
    return _NEXT.get(delivery.state, "Nothing.")
