"""A gateway of which every question to SQLite is heard and counted, and whose mail can be copied."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from loftbox_cli.core.ids import AgentId
from loftbox_cli.core.key import Scope
from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.core.parcel import Posted
from loftbox_cli.core.reading import Reading
from loftbox_cli.core.webhook_signature import spell_secret
from loftbox_cli.edge.store import sqlite
from loftbox_cli.services import keys, notify
from loftbox_cli.services.tx import Viewer
from tests.bench.copies import CROWD, TABLES, Copier, ends
from tests.services.house import TAG_SECRET, TAKEN, House, letter

CONVERSATIONS = 6
WORD = "winter"
SECRET = spell_secret(b"s" * 32)

_connect = sqlite.dbapi.connect


@dataclass
class Ear:
    """Hears what is asked of SQLite, and how many steps it takes."""

    statements: set[str] = field(default_factory=set)
    steps: int = 0

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        ear = self

        class Heard(sqlite.dbapi.Connection):  # type: ignore[misc]  # it has no type information
            def execute(self, sql: str, *given: Any) -> Any:
                ear.statements.add(sql)
                return super().execute(sql, *given)

        connection = _connect(*args, **kwargs, factory=Heard)
        connection.set_progress_handler(self._step, 1)
        return connection

    def _step(self) -> None:
        self.steps += 1


class Gateway:
    """A house whose every question is heard, with some conversations in two mailboxes of one agent."""

    def __init__(self, house: House, ear: Ear) -> None:
        self.house = house
        self.ear = ear
        agent = house.agent()
        self.viewer = Viewer(AgentId(agent.id))
        self.boxes = [house.mailbox(f"{name}@example.com", agent) for name in ("help", "sales")]
        self.silent = house.mailbox("silent@example.com", agent, Oversight.GATED_ALL)
        self.hook = house.endpoint("message.received", "message.reply.received")
        self.numbers = iter(range(10_000))
        self.key = house.do(
            keys.create, owner_id=agent.id, name="", scopes=frozenset({Scope.READ}),
            secret=b"s" * 32, expires_at=None, **house.by(),
        ).text  # fmt: skip
        self.since = self.ends()
        self.old = [self.converse() for _ in range(CONVERSATIONS)]

    def ends(self) -> dict[str, int]:
        with closing(sqlite.connect(self.house.path, writes=False, checkpoints=False)) as connection:
            return {table: ends(connection, table) for table in TABLES}

    def converse(self) -> str:
        """Somebody writes, is answered, and thanks; answers the id of the first message."""
        house, number = self.house, next(self.numbers)
        box = self.boxes[number % 2]
        person = f"jane{number}.{CROWD}@peer.test"
        (first,) = house.receive(box.address, reading=self.mail(person, f"{number}.1"))
        house.clock.advance(minutes=5)
        sent = house.send(box, person, in_reply_to=first.id)
        self.carry()
        house.clock.advance(minutes=5)
        thanks = self.mail(person, f"{number}.2", sent.message.rfc_message_id)
        house.receive(box.address, reading=thanks)
        self.post()
        return first.id

    def mail(self, person: str, number: str, *answered: str) -> Reading:
        return letter(
            person,
            message_id=f"<{number}.{CROWD}@peer.test>",
            in_reply_to=answered,
            subject=f"{WORD} {number}",
        )

    def carry(self) -> None:
        for delivery in self.house.claim():
            self.house.hand_over(delivery)
            self.house.record(delivery, TAKEN)

    def post(self) -> None:
        now = self.house.now
        for post in self.house.do(notify.claim, 9, each=9, busy=(), opened=lambda _: SECRET, now=now):
            self.house.do(
                notify.record, post.notification.id, post.notification.fence, Posted(200),
                waits=(), spread=0.0, started_at=now, now=now,
            )  # fmt: skip

    def copy(self, times: int) -> None:
        """Write all its mail many times over."""
        with closing(sqlite.connect(self.house.path, writes=True, checkpoints=False)) as connection:
            copier = Copier(connection, self.since, span=timedelta(days=1), tag_secret=TAG_SECRET)
            for number in range(1, times + 1):
                copier.copy(number)
        self.house.clock.advance(days=times)

    def steps(self, operation: Callable[[], object]) -> int:
        """What an operation costs that was done before."""
        operation()
        self.ear.steps = 0
        operation()
        return self.ear.steps
