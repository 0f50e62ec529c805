"""How a delivery is explained."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.explaining import Explained
from loftbox_cli.core.ids import DeliveryId
from loftbox_cli.core.response_rules import ResponseClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedView:
    """What was said of one recipient, what it means, what happens next, and what to do.

    `response_class` is null where no peer refused it; `said` is then in our words.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "recipient",
        "state",
        "response_class",
        "said",
        "means",
        "next",
        "do",
    )

    delivery_id: DeliveryId
    object: Literal["explanation"] = "explanation"
    recipient: str
    state: DeliveryState
    response_class: ResponseClass | None
    said: str
    means: str
    next: str
    do: str


def explained_view(explained: Explained) -> ExplainedView:
    """Show an explanation."""
    return ExplainedView(
        delivery_id=explained.delivery.id,
        recipient=explained.delivery.recipient,
        state=explained.delivery.state,
        response_class=explained.response_class,
        said=explained.said,
        means=explained.means,
        next=explained.next,
        do=explained.do,
    )
