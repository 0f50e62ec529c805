"""What comes up between the claim and DATA, while a slow peer lets us wait, keeps the message here."""

from collections.abc import Callable

import pytest

from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.domain import Review
from loftbox_cli.core.errors import Paused
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.services import deliveries, domains, local, policies, suppressions, threads
from loftbox_cli.services.accept import prepare
from loftbox_cli.services.tx import Viewer
from tests.services.house import ANNA, SCHEDULE, TAG_SECRET, House

POLICY = """\
name = "careful"
[[rule]]
name = "everything"
decision = "{}"
reason = "careful"
"""

Deed = Callable[[House], object]


def suspend(house: House) -> None:
    house.do(domains.review, "example.com", Review.SUSPENDED, request_id=house.request(), now=house.now)


def lose(house: House) -> None:
    house.look(house.see(domains.find, "example.com"), owned=False)


def suppress(house: House) -> None:
    house.do(
        suppressions.add,
        domain="example.com",
        address="jane@peer.test",
        why="",
        expires_at=None,
        by=ANNA,
        now=house.now,
    )


def pause_thread(house: House) -> None:
    (thread,) = house.see(lambda tx: tx.threads.all())
    house.do(threads.pause, thread.id, Viewer(), why="", **house.by())


def block(house: House) -> None:
    house.policy(POLICY.format("block"), scope=BindingScope.ALL)


def hold(house: House) -> None:
    house.policy(POLICY.format("hold"), scope=BindingScope.ALL)


@pytest.mark.parametrize("deed", [suspend, lose, suppress, pause_thread, block, hold])
def test_what_may_leave_no_more_is_not_handed_over(house: House, deed: Deed) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    deed(house)
    house.refuses(Paused, deliveries.hand_over, claimed.id, claimed.fence, now=house.now)
    freed = house.do(deliveries.put_back, claimed.id, claimed.fence, now=house.now)
    assert (freed.state, freed.attempts) == (DeliveryState.QUEUED, 0)
    assert house.claim() == []
    after = house.delivery(claimed)
    assert after.state is (DeliveryState.SUPPRESSED if deed is suppress else DeliveryState.QUEUED)
    assert after.last_words


def test_what_changed_and_still_lets_it_go_is_no_obstacle(house: House) -> None:
    house.send(house.mailbox())
    (claimed,) = house.claim()
    block(house)
    house.do(policies.change, "careful", POLICY.format("allow"), why="", **house.by())
    house.hand_over(claimed)
    assert house.delivery(claimed).handover_at == house.now


def test_what_stays_here_is_looked_at_as_late_as_what_leaves(house: House) -> None:
    house.mailbox("desk@example.com")
    house.send(house.mailbox(), "desk@example.com")
    (claimed,) = house.claim()
    suspend(house)
    mail = prepare(house.arrival("desk@example.com"))
    house.refuses(
        Paused,
        local.hand_in,
        claimed,
        mail,
        tag_secret=TAG_SECRET,
        schedule=SCHEDULE,
        spread=0.0,
        now=house.now,
    )
