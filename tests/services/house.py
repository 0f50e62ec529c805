"""A real store in a temporary folder, a clock that is advanced by hand, and makers of what tests need."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.agent import Agent
from loftbox_cli.core.arrival import Arrival
from loftbox_cli.core.delivery import Delivery
from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.domain import Domain, Look
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.endpoint import Endpoint
from loftbox_cli.core.errors import LoftBoxError
from loftbox_cli.core.events import Event, EventType
from loftbox_cli.core.ids import AgentId, MessageId, PersonId, RequestId, spell
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message
from loftbox_cli.core.pacing import Slots
from loftbox_cli.core.person import Person, Role
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.core.reading import Party, Reading
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.core.retry import Schedule
from loftbox_cli.core.timing import AT_ONCE, Timing
from loftbox_cli.edge.store import file
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.services import (
    accept,
    agents,
    approvals,
    deliveries,
    domains,
    gate,
    intake,
    mailboxes,
    outcomes,
    policies,
    queue,
    setup,
    submit,
    webhooks,
)
from loftbox_cli.services.tx import Tx, Viewer

P = ParamSpec("P")
R = TypeVar("R")
E = TypeVar("E", bound=LoftBoxError)

START = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
TAG_SECRET = b"tag secret of thirty-two octets."
ANNA = Actor(Kind.PERSON, "os:anna", "Anna", Via.CLI)
SCHEDULE = Schedule()

TAKEN = Report(Stage.DOT, Reply(250, "2.0.0", "Ok: queued as 4711"), host="mx.peer.test", address="192.0.2.1")
BUSY = Report(Stage.RCPT, Reply(451, "4.7.1", "Greylisted, come again"))
UNKNOWN = Report(Stage.RCPT, Reply(550, "5.1.1", "No such user"))
SILENCE = Report(Stage.DOT, fault="no answer after the dot")


class FakeClock:
    """Stands still until it is advanced."""

    def __init__(self) -> None:
        self._now = START

    def now(self) -> datetime:
        return self._now

    def advance(self, **by: float) -> None:
        self._now += timedelta(**by)


@dataclass
class House:
    """One gateway: its store, its clock, and shorthand for what tests do over and over."""

    path: Path
    store: SqliteStore
    clock: FakeClock
    operator: Mailbox
    taken: dict[tuple[str, int], deliveries.Claimed] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def do(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.store.write(verb, *args, **kwargs)

    def see(self, verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.store.glance(verb, *args, **kwargs)

    def refuses(
        self, kind: type[E], verb: Callable[Concatenate[Tx, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> E:
        """The verb raises exactly this error, and not one row of the store is another one afterwards."""
        before = self.rows()
        with pytest.raises(kind) as caught:
            self.store.write(verb, *args, **kwargs)
        assert caught.type is kind
        assert self.rows() == before
        return caught.value

    def rows(self) -> dict[str, list[Any]]:
        """Every row of every table."""
        with contextlib.closing(file.open_reader(self.path)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for (name,) in tables}  # noqa: S608  names are the schema's own

    def mint(self, prefix: str) -> str:
        return self.see(lambda tx: tx.mint(prefix))

    def request(self) -> RequestId:
        return RequestId(self.mint("req"))

    def told(self, *kinds: EventType) -> list[Event]:
        """The events so far, of these kinds or all."""
        events = self.see(lambda tx: tx.journal.after(0, 10_000))
        return [event for event in events if not kinds or event.type in kinds]

    def domain(self, name: str = "example.com", *, approved: bool = True, verified: bool = True) -> Domain:
        key = DkimKey("loftbox1", Algorithm.ED25519, b"sealed", "public")
        made = self.do(
            domains.add,
            domains.NewDomain(name, "token", "support", (key,)),
            approved=approved,
            now=self.now,
        )
        return self.look(made) if verified else made

    def look(self, domain: Domain, *, owned: bool | None = True, outbound: bool | None = True) -> Domain:
        look = Look(owned, outbound, inbound=True, findings=())
        return self.do(domains.looked, domain.id, look, request_id=self.request(), now=self.now)

    def agent(self, name: str = "bot") -> Agent:
        return self.do(agents.create, name=name, purpose="support", owner="Anna", now=self.now)

    def mailbox(
        self,
        address: str = "help@example.com",
        agent: Agent | None = None,
        oversight: Oversight = Oversight.AUTONOMOUS,
    ) -> Mailbox:
        """A mailbox on a verified domain, both made where they are not there yet."""
        name = address.rpartition("@")[2]
        if self.see(lambda tx: tx.domains.find(name=name)) is None:
            self.domain(name)
        return self.do(
            mailboxes.create,
            address=address,
            agent_id=(agent or self.agent(f"bot of {address}")).id,
            display_name="Help",
            oversight=oversight,
            metadata={},
            now=self.now,
        )

    def prepare(
        self,
        mailbox: Mailbox,
        *to: str,
        in_reply_to: str = "",
        subject: str = "Your order",
        headers: tuple[tuple[str, str], ...] = (),
        timing: Timing = AT_ONCE,
    ) -> submit.Prepared:
        draft = Draft(
            to=tuple(Party(address) for address in to or ("jane@peer.test",)),
            subject=subject,
            text="It is on its way.",
            in_reply_to=MessageId(in_reply_to),
            headers=headers,
        )
        on = self.see(submit.grounds, mailbox.id, draft, Viewer())
        return submit.prepare(
            draft, on, message_id=MessageId(self.mint("msg")), tag_secret=TAG_SECRET, timing=timing
        )

    def send(
        self,
        mailbox: Mailbox,
        *to: str,
        in_reply_to: str = "",
        subject: str = "Your order",
        timing: Timing = AT_ONCE,
    ) -> gate.Passed:
        prepared = self.prepare(mailbox, *to, in_reply_to=in_reply_to, subject=subject, timing=timing)
        return self.do(
            submit.send, prepared, by=self.sender(mailbox), request_id=self.request(), now=self.now
        )

    def sender(self, mailbox: Mailbox) -> Actor:
        """The agent that owns a mailbox."""
        assert mailbox.agent_id is not None
        return Actor(Kind.AGENT, mailbox.agent_id, "bot", Via.API)

    def by(self, actor: Actor = ANNA) -> dict[str, Any]:
        """Who does something, in which request and when."""
        return {"by": actor, "request_id": self.request(), "now": self.now}

    def policy(
        self,
        source: str,
        mailbox: Mailbox | None = None,
        *,
        scope: BindingScope = BindingScope.MAILBOX,
        target: str = "",
    ) -> policies.PolicyFound:
        """A policy that holds for a mailbox, or for what is named."""
        added = self.do(policies.add, source, why="", **self.by())
        bound_to = mailbox.address if mailbox else target
        return self.do(policies.bind, added.name, scope, bound_to, **self.by())

    def oversee(self, mailbox: Mailbox, oversight: Oversight, by: Actor = ANNA) -> Mailbox:
        return self.do(
            mailboxes.oversee,
            mailbox.address,
            oversight,
            why="",
            **self.by(by),
        )

    def approve(self, passed: gate.Passed, by: Actor = ANNA, *, revision: int = 1) -> approvals.Decided:
        assert passed.approval is not None
        return self.do(
            approvals.approve,
            passed.approval.id,
            by=by,
            revision=revision,
            why="fine",
            request_id=self.request(),
            now=self.now,
        )

    def reject(self, passed: gate.Passed, by: Actor = ANNA, *, revision: int = 1) -> approvals.Decided:
        assert passed.approval is not None
        return self.do(
            approvals.reject,
            passed.approval.id,
            by=by,
            revision=revision,
            why="no",
            request_id=self.request(),
            now=self.now,
        )

    def claim(self, limit: int = 10, *, each: int = 10, busy: tuple[str, ...] = ()) -> list[Delivery]:
        slots = Slots(limit, each, room=dict.fromkeys(busy, 0))
        claimed = self.do(deliveries.claim, slots, schedule=SCHEDULE, spread=0.0, now=self.now)
        self.taken |= {(each.delivery.id, each.delivery.fence): each for each in claimed}
        return [each.delivery for each in claimed]

    def load(self, delivery: Delivery) -> deliveries.Load:
        """What who carries this delivery is given."""
        return self.see(deliveries.load, self.taken[delivery.id, delivery.fence])

    def hand_over(self, delivery: Delivery) -> None:
        self.do(deliveries.hand_over, delivery.id, delivery.fence, now=self.now)

    def record(self, delivery: Delivery, report: Report) -> Delivery:
        return self.do(
            outcomes.record,
            delivery.id,
            delivery.fence,
            report,
            schedule=SCHEDULE,
            spread=0.0,
            now=self.now,
        )

    def pass_time(self) -> list[Delivery]:
        """Let time do to the queue what it has to do by now."""
        return self.do(queue.let_time_pass, schedule=SCHEDULE, now=self.now)

    def delivery(self, delivery: Delivery) -> Delivery:
        """The same delivery as it stands now."""
        return self.see(lambda tx: tx.deliveries.get(delivery.id))

    def message(self, message_id: str) -> Message:
        return self.see(lambda tx: tx.messages.get(message_id))

    def arrival(
        self, *rcpt_to: str, mail_from: str = "jane@peer.test", raw: bytes = b"Subject: hello\r\n\r\nHi.\r\n"
    ) -> Arrival:
        return Arrival(
            request_id=self.request(),
            received_at=self.now,
            peer="192.0.2.1",
            helo="mx.peer.test",
            tls="",
            mail_from=mail_from,
            rcpt_to=rcpt_to,
            raw=raw,
            trace=b"Received: from mx.peer.test\r\n",
        )

    def receive(
        self, *rcpt_to: str, reading: Reading | None = None, mail_from: str = "jane@peer.test"
    ) -> list[Message]:
        """Accept a mail, no other being like it, and file it."""
        raw = f"X-Number: {next(_numbers)}\r\n\r\nHi.\r\n".encode()
        self.do(accept.accept, accept.prepare(self.arrival(*rcpt_to, mail_from=mail_from, raw=raw)))
        (taken,) = self.do(intake.claim, 1, now=self.now)
        return self.do(
            intake.file,
            taken.request_id,
            taken.fence,
            reading or letter(),
            tag_secret=TAG_SECRET,
            now=self.now,
        )

    def endpoint(self, *events: str, agent_id: AgentId | None = None) -> Endpoint:
        return self.do(
            webhooks.create,
            url="https://hooks.peer.test/loftbox",
            events=events,
            agent_id=agent_id,
            sealed=b"sealed",
            now=self.now,
        )


_numbers = itertools.count(1)


def letter(sender: str = "jane@peer.test", **fields: Any) -> Reading:
    """A mail as it reads."""
    reading = Reading(
        message_id=f"<{next(_numbers)}@peer.test>",
        from_=(Party(sender, "Jane"),),
        subject="hello",
        text="Hi.",
    )
    return replace(reading, **fields)


def counting_mint() -> Callable[[str], str]:
    """Ids in the order in which they are asked for."""
    numbers = itertools.count(1)
    return lambda prefix: spell(prefix, 0, next(numbers))


@contextlib.contextmanager
def opened_house(folder: Path) -> Iterator[House]:
    """A gateway that has an operator and nothing else."""
    path = folder / "store.db"
    file.make(path)
    mint = counting_mint()
    clock = FakeClock()
    store = SqliteStore(path, mint=mint, alone=True)
    operator = Person(PersonId(mint("per")), "Anna", "anna@peer.test", Role.OPERATOR, clock.now())
    try:
        mailbox = store.write(setup.begin, operator=operator, sealed_tag_secret=TAG_SECRET, now=clock.now())
        yield House(path, store, clock, mailbox)
    finally:
        store.close()
