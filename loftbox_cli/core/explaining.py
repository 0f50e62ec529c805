"""Why a delivery stands where it stands: what was said, what it means, what is next, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from loftbox_cli.core.delivery import WAITING, Attempt, Delivery, DeliveryState, Outcome
from loftbox_cli.core.events import spell_time
from loftbox_cli.core.fault_meaning import KEPT_BACK, OF_STAGE, STOPPED
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.report import Stage
from loftbox_cli.core.response_meaning import Meaning, meaning
from loftbox_cli.core.response_rules import ResponseClass
from loftbox_cli.core.waiting import tried_at, waits_for

_TAKEN = Meaning("The next server took responsibility for the message.", "Nothing.")
_UNTRIED = Meaning("No peer has answered yet.", "Nothing, or see: loftbox queue list")
_CALLED_BACK_LATE = Meaning(
    "It was called back when the peer may have had it already.", "Ask the recipient whether it came."
)
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
    DeliveryState.DELIVERED: _TAKEN,
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
    """One delivery explained. `said` is the peer's own words, or ours where no peer spoke; "" before a try.

    `response_class` is None where no peer refused it.
    """

    delivery: Delivery
    response_class: ResponseClass | None
    said: str
    means: str
    next: str
    do: str


def explain(
    delivery: Delivery, *, last: Attempt | None = None, pauses: Sequence[Pause] = (), rest: Rest | None = None
) -> Explained:
    """Explain a delivery from its state, its last attempt and what keeps it waiting."""
    kind = _class(delivery, last)
    found = _meaning(delivery, last, kind)
    return Explained(
        delivery=delivery,
        response_class=kind,
        said=delivery.last_words,
        means=found.means,
        next=_next(delivery, pauses, rest),
        do=found.do.replace("ADDRESS", delivery.recipient).replace("DELIVERY", delivery.id),
    )


def _class(delivery: Delivery, last: Attempt | None) -> ResponseClass | None:
    """What the peer's last words are about; the class of words before them counts no more."""
    if delivery.state is DeliveryState.BOUNCED:
        return ResponseClass(delivery.last_class)
    return ResponseClass(last.response_class) if last is not None and last.response_class else None


def _meaning(delivery: Delivery, last: Attempt | None, kind: ResponseClass | None) -> Meaning:
    if delivery.state is DeliveryState.CANCELED and last is not None and last.outcome == Outcome.UNCERTAIN:
        return _CALLED_BACK_LATE
    if delivery.state in _OWN:
        return _OWN[delivery.state]
    if not delivery.last_words:
        return _UNTRIED
    if kind is not None and delivery.state is DeliveryState.BOUNCED:
        return meaning(kind, delivery.last_words)
    if last is None or last.words != delivery.last_words:
        return KEPT_BACK
    if kind is None or last.stage == Stage.AUTH:
        return OF_STAGE[Stage(last.stage)] if last.stage else STOPPED
    return meaning(kind, delivery.last_words)


def _next(delivery: Delivery, pauses: Sequence[Pause], rest: Rest | None) -> str:
    if delivery.state not in WAITING:
        return _NEXT[delivery.state]
    keeps = waits_for(delivery, pauses, rest)
    at = tried_at(delivery, pauses, rest)
    if at is None:
        return f"Nothing until somebody resumes it: {keeps}."
    first = "It is tried" if delivery.attempts == 0 else "It is tried again"
    return f"{first} at {spell_time(at)}" + (f": {keeps}" if keeps else "") + "."
