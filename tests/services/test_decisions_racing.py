"""Decisions, blocks and claims that meet in the same instant, each in a thread of its own.

Whoever comes first wins whole; nobody wins half, and nothing is carried twice or unasked.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.pause import GATEWAY, PauseScope
from loftbox_cli.services import approvals, pauses
from loftbox_cli.services.gate import Passed
from tests.services.house import ANNA, House

pytestmark = pytest.mark.rule("D7")

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)
ROUNDS = 12


@pytest.fixture
def gated(house: House) -> Mailbox:
    return house.mailbox(oversight=Oversight.GATED_ALL)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do them all in the same instant; answers what each gave, or the error that it raised."""
    start = threading.Barrier(len(deeds))

    def done(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except LoftBoxError as error:
            return error

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(done, deeds))


def of_message(house: House, passed: Passed) -> tuple[MessageState, Sequence[str], Approval]:
    (approval,) = house.see(lambda tx: tx.approvals.all(message_id=passed.message.id))
    deliveries = house.see(lambda tx: tx.deliveries.all(message_id=passed.message.id))
    return house.message(passed.message.id).state, [each.recipient for each in deliveries], approval


def test_of_a_yes_and_a_no_one_wins_and_the_other_is_a_conflict(house: House, gated: Mailbox) -> None:
    for _ in range(ROUNDS):
        held = house.send(gated)
        yes, no = at_once(lambda: house.approve(held, ANNA), lambda: house.reject(held, BEN))  # noqa: B023  called at once
        assert [isinstance(each, LoftBoxError) for each in (yes, no)].count(True) == 1
        state, recipients, approval = of_message(house, held)
        if isinstance(no, LoftBoxError):
            assert no.code == "approval_already_decided"
            assert (state, approval.state, approval.decided_by) == (
                MessageState.RELEASED,
                ApprovalState.APPROVED,
                ANNA.id,
            )
            assert recipients == ["jane@peer.test"]
        else:
            assert yes.code == "approval_already_decided"
            assert (state, approval.state, approval.decided_by) == (
                MessageState.REJECTED,
                ApprovalState.REJECTED,
                BEN.id,
            )
            assert recipients == []
        house.oversee(gated, Oversight.GATED_ALL)


def test_two_who_say_yes_at_once_queue_the_message_once(house: House, gated: Mailbox) -> None:
    for _ in range(ROUNDS):
        held = house.send(gated)
        at_once(*(lambda by=by: house.approve(held, by) for by in (ANNA, BEN, ANNA)))  # noqa: B023  called at once
        state, recipients, approval = of_message(house, held)
        assert (state, recipients) == (MessageState.RELEASED, ["jane@peer.test"])
        assert approval.decided_by in (ANNA.id, BEN.id)
        events = house.see(lambda tx: tx.journal.after(0, 10_000, message_id=held.message.id))  # noqa: B023  called at once
        told = [each.type for each in events]
        assert told.count(EventType.APPROVAL_APPROVED) == told.count(EventType.MESSAGE_QUEUED) == 1


def test_a_yes_in_the_instant_in_which_its_time_is_over_counts_whole_or_not(
    house: House, gated: Mailbox
) -> None:
    for _ in range(ROUNDS):
        held = house.send(gated)
        before = house.now
        house.clock.advance(hours=24)
        at_once(
            lambda: house.do(approvals.expire, now=house.now),
            lambda: house.do(
                approvals.approve,
                held.approval.id if held.approval else "",  # noqa: B023  called at once
                by=ANNA,
                revision=1,
                why="",
                request_id=house.request(),
                now=before,  # noqa: B023  it read its clock just before
            ),
        )
        state, recipients, approval = of_message(house, held)
        assert (state, approval.state, recipients) in (
            (MessageState.RELEASED, ApprovalState.APPROVED, ["jane@peer.test"]),
            (MessageState.EXPIRED, ApprovalState.EXPIRED, []),
        )


def test_a_yes_in_the_instant_of_a_block_never_gets_the_message_claimed(house: House, gated: Mailbox) -> None:
    for _ in range(ROUNDS):
        held = house.send(gated)
        at_once(lambda: house.approve(held), lambda: house.oversee(gated, Oversight.READ_ONLY))  # noqa: B023  called at once
        assert of_message(house, held)[0] in (MessageState.RELEASED, MessageState.BLOCKED)
        assert house.claim() == []
        house.oversee(gated, Oversight.GATED_ALL)


def test_what_is_claimed_while_everything_is_paused_is_not_handed_over(house: House) -> None:
    free = house.mailbox()
    for _ in range(ROUNDS):
        house.send(free)

        def stop() -> None:
            house.do(pauses.pause, PauseScope.GATEWAY, GATEWAY, why="", **house.by())

        claimed, _ = at_once(house.claim, stop)
        for delivery in claimed:
            (refused,) = at_once(lambda: house.hand_over(delivery))  # noqa: B023  called at once
            assert refused.code == "paused"
        assert house.claim() == []
        assert not any(each.handover_at for each in house.see(lambda tx: tx.deliveries.all()))
        house.do(pauses.resume, PauseScope.GATEWAY, GATEWAY, **house.by())


def test_two_who_claim_at_once_never_carry_the_same(house: House) -> None:
    free = house.mailbox()
    for _ in range(ROUNDS):
        house.send(free, "a@peer.test", "b@peer.test", "c@peer.test")
        claimed = [each.id for taken in at_once(*[house.claim] * 4) for each in taken]
        assert len(claimed) == len(set(claimed)) == 3
    sending = house.see(lambda tx: tx.deliveries.count(state=DeliveryState.SENDING))
    assert sending == 3 * ROUNDS
