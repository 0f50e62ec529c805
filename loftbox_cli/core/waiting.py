"""What keeps a delivery waiting, and until when: a pause, a site that rests, or its own next try."""

from collections.abc import Sequence
from datetime import datetime

from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause


def tried_at(delivery: Delivery, pauses: Sequence[Pause], rest: Rest | None) -> datetime | None:
    """When it is tried next; None while a pause holds it, and where nothing is to be tried."""
    if pauses or delivery.next_at is None:
        return None
    return max(delivery.next_at, rest.until) if rest is not None else delivery.next_at


def waits_for(delivery: Delivery, pauses: Sequence[Pause], rest: Rest | None) -> str:
    """Say in a line what keeps it; "" where only its own next try does."""
    if pauses:
        words = "; ".join(filter(None, (pause.why for pause in pauses)))
        return f"paused by {', '.join(paused_by(pauses))}" + (f": {words}" if words else "")
    return f"{delivery.destination} rests: {rest.why}" if rest is not None else ""


def paused_by(pauses: Sequence[Pause]) -> tuple[str, ...]:
    """Name what holds a delivery: its scopes, the widest first."""
    return tuple(pause.scope.value for pause in pauses)
