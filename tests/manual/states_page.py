"""Section 7: the tables of states, drawn from the tables that the program asks."""

from collections.abc import Iterator, Sequence
from typing import Any

from loftbox_cli.core import approval, delivery
from loftbox_cli.core.transition import Transition
from tests.manual.commands import head
from tests.manual.mdoc import listing, paragraphs, prose

ABOUT = """
What LoftBox remembers of a delivery and of an approval is in one of the states below. Each step is one
transaction: state, event and the notifications due are committed together, or nothing is. So each row also
says what is there when the process dies right after it.

A pause is a gate, not a state: what is paused stays queued until somebody resumes it.
"""

DELIVERY = """
A delivery is one message on its way to one recipient. Delivered means that the next server took
responsibility. Uncertain means that the peer may have the message and did not say so: it is shown, and
tried again with the same Message-ID.
"""

APPROVAL = """
An approval is a person's answer to a message that is held. It is bound to the exact bytes and to a
revision; who submitted the message may not answer. Any other step is a conflict.
"""

TABLES: tuple[tuple[str, str, Sequence[Transition[Any]]], ...] = (
    ("Delivery", DELIVERY, delivery.TRANSITIONS),
    ("Approval", APPROVAL, approval.TRANSITIONS),
)


def states_page() -> str:
    """Write the page."""
    return "\n".join([*head("loftbox-states", 7, "states of deliveries and approvals"), *_body()]) + "\n"


def _body() -> Iterator[str]:
    yield ".Sh DESCRIPTION"
    yield from paragraphs(ABOUT)
    for title, about, table in TABLES:
        yield f".Ss {title}"
        yield from paragraphs(about)
        yield from listing(
            (f"{row.state}, {row.step.value.replace('_', ' ')}: {row.becomes}", prose(_said(row)))
            for row in table
        )
    yield ".Sh SEE ALSO"
    yield ".Xr loftbox 1 ,"
    yield ".Xr loftbox-trace 1"


def _said(row: Transition[Any]) -> str:
    return f"Committed: {row.committed}. After a crash: {row.after_crash}."
