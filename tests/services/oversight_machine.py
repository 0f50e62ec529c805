"""Whatever people, agents, clocks, peers and crashes do, in any order, and what then leaves.

The machine does everything to a real store and to the model beside it, and carries mail as
the daemon does: claim, load, stamp, hand over. What was handed over is on the wire.
"""

import itertools
from collections.abc import Callable

from hypothesis import strategies as st

from loftbox_cli.core.compose import stamp
from loftbox_cli.core.errors import LeaseLost, Paused
from loftbox_cli.core.ids import ALPHABET, LENGTH, spell
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.report import Report
from loftbox_cli.core.report import Stage as Step
from loftbox_cli.core.suppression import RECIPIENT_LASTS
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services import (
    approvals,
    deliveries,
    schedule,
)
from tests.services.house import BUSY, SILENCE, TAKEN, UNKNOWN
from tests.services.oversight_deeds import ANY, deed, pick
from tests.services.oversight_model import GATEWAY
from tests.services.oversight_operator import OperatorMachine
from tests.services.oversight_people import PeopleMachine
from tests.services.oversight_stage import Carriage

REPORTS = (TAKEN, TAKEN, BUSY, UNKNOWN, SILENCE, Report(Step.CONNECT, fault="refused"))
STAMPED = {b"date", b"auto-submitted", b"x-auto-response-suppress"}


class OversightMachine(PeopleMachine, OperatorMachine):
    """Everybody at once; and time, peers and crashes."""

    # What time, peers and crashes do.

    @deed(
        2,
        minutes=st.sampled_from([-60 * 24 * 3, -90, 1, 20, 20, 300, 60 * 25, 60 * 24 * 6]),
        awake=st.booleans(),
    )
    def the_clock_goes(self, minutes: int, *, awake: bool) -> None:
        """On, back or far ahead, and the daemon may notice or not."""
        self.house.clock.advance(minutes=minutes)
        if awake:
            for decided in self.house.do(approvals.expire, now=self.house.now):
                self.mails[decided.message.id].ended = "expired"
            for message in self.house.do(schedule.let_go, now=self.house.now):
                if message.state is MessageState.EXPIRED:
                    self.mails[message.id].ended = "expired"
                else:
                    self._passed(message)
            self.house.pass_time()
            self.house.do(deliveries.void_leases, now=self.house.now, lapsed_only=True)

    @deed(8, limit=st.integers(1, 4), at_once=st.integers(0, 4), report=st.sampled_from(REPORTS))
    def claim(self, limit: int, at_once: int, report: Report) -> None:
        """Claim some, and carry so many of them before anything else happens."""
        for delivery in self.house.claim(limit):
            mail = self.mails[delivery.message_id]
            assert self.model.may_go(mail, delivery.recipient, self.house.now)
            load = self.house.load(delivery)
            date = load.message.released_at or self.house.now
            octets = stamp(load.raw, date=date, auto_submitted=load.message.auto_submitted)
            self.on_the_way.append(Carriage(delivery, octets))
        for _ in self.on_the_way[:at_once]:
            self._carry(0, report, refused_before=False)

    @deed(3, needs="on_the_way", place=ANY, report=st.sampled_from(REPORTS), refused_before=st.booleans())
    def carry(self, place: int, report: Report, *, refused_before: bool) -> None:
        """The peer takes the envelope or not, then the bytes, and the attempt is written down.

        Its owner may have lost the lease without noticing.
        """
        self._carry(place, report, refused_before=refused_before)

    @deed(2, needs="on_the_way", place=ANY)
    def stop_everything_for_a_moment(self, place: int) -> None:
        """What was claimed before the pause is not handed over."""
        if GATEWAY in self.model.paused:
            return
        self._pause_or_resume(GATEWAY)
        before = len(self.wire)
        self._carry(place, TAKEN, refused_before=False)
        assert len(self.wire) == before
        self._pause_or_resume(GATEWAY)

    def _carry(self, place: int, report: Report, *, refused_before: bool) -> None:
        carriage = pick(self.on_the_way, place)
        delivery = carriage.delivery
        mail = self.mails[delivery.message_id]
        self.on_the_way.remove(carriage)
        try:
            if not refused_before:
                self._hand_over(carriage)
            self.house.record(delivery, report)
        except LeaseLost:
            return
        except Paused:
            assert not self.model.has_to_go(mail, delivery.recipient, self.house.now)
            self.house.do(deliveries.put_back, delivery.id, delivery.fence, now=self.house.now)
            return
        if report is UNKNOWN:
            key = (mail.domain, delivery.recipient)
            if self.house.now >= self.model.suppressed.get(key, self.house.now):
                self.model.suppressed[key] = self.house.now + RECIPIENT_LASTS
            self._step_down(mail.mailbox)

    def _hand_over(self, carriage: Carriage) -> None:
        """From here on the peer may have the bytes: they are on the wire."""
        delivery = carriage.delivery
        self.house.hand_over(delivery)
        mail = self.mails[delivery.message_id]
        assert self.model.may_go(mail, delivery.recipient, self.house.now)
        assert self.house.message(delivery.message_id).state is MessageState.RELEASED
        assert delivery.recipient in mail.recipients
        assert carriage.octets.endswith(mail.octets)
        stamped = carriage.octets.removesuffix(mail.octets)
        assert {line.partition(b":")[0].lower() for line in stamped.splitlines()} <= STAMPED
        assert (b"auto-submitted:" in stamped.lower()) != mail.by_person
        self.wire.append(delivery.message_id)

    @deed(1)
    def restart(self) -> None:
        """It is killed and started again: what it had in memory is gone, and nothing else."""
        mint = minting_after(self.house.mint("last"))
        self.house.store.close()
        self.house.store = SqliteStore(self.house.path, mint=mint, alone=True)
        self._open.callback(self.house.store.close)
        self.on_the_way.clear()
        self.house.do(deliveries.void_leases, now=self.house.now)


def minting_after(last: str) -> Callable[[str], str]:
    """Ids that follow upon another one."""
    number = sum(ALPHABET.index(each) << 5 * place for place, each in enumerate(reversed(last[-LENGTH:])))
    numbers = itertools.count(number + 1)
    return lambda prefix: spell(prefix, 0, next(numbers))
