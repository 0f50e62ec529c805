"""One transaction on one connection, as the verbs see it (fulfils `services.tx.Tx`)."""

from collections.abc import Callable
from typing import Any, TypeVar

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import Endpoint, EndpointSecret, Notification, NotificationAttempt
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.key import Key
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.person import Person
from loftbox_cli.core.thread import Participant, Thread
from loftbox_cli.edge.store import mail_tables, statements, tables
from loftbox_cli.edge.store.codec import Codec
from loftbox_cli.edge.store.due import StoredDue
from loftbox_cli.edge.store.journal import StoredJournal
from loftbox_cli.edge.store.shelf import Connection, TableShelf
from loftbox_cli.services.tx import Accepted, DomainKey, Due, Fact, Journal, KeptAnswer, Shelf

T = TypeVar("T")

_KEEP = statements.insert_into(mail_tables.BlobRow.__table__, ignore_twins=True)  # type: ignore[attr-defined]  # SQLModel sets it
_CODECS: dict[type, Codec[Any]] = {}


class Transaction:
    """The shelves on one connection. `weight` counts the raw octets that were written through it."""

    def __init__(self, connection: Connection, mint: Callable[[str], str]) -> None:
        self._connection = connection
        self._mint = mint
        self.weight = 0
        self.agents: Shelf[Agent] = self._shelf(tables.AgentRow, Agent, "agent")
        self.persons: Shelf[Person] = self._shelf(tables.PersonRow, Person, "person")
        self.keys: Shelf[Key] = self._shelf(tables.KeyRow, Key, "key")
        self.domains: Shelf[Domain] = self._shelf(tables.DomainRow, Domain, "domain")
        self.domain_keys: Shelf[DomainKey] = self._shelf(tables.DomainKeyRow, DomainKey, "domain key")
        self.mailboxes: Shelf[Mailbox] = self._shelf(tables.MailboxRow, Mailbox, "mailbox")
        self.pauses: Shelf[Pause] = self._shelf(tables.PauseRow, Pause, "pause")
        self.endpoints: Shelf[Endpoint] = self._shelf(tables.EndpointRow, Endpoint, "webhook")
        self.endpoint_secrets: Shelf[EndpointSecret] = self._shelf(
            tables.EndpointSecretRow, EndpointSecret, "webhook secret"
        )
        self.answers: Shelf[KeptAnswer] = self._shelf(tables.AnswerRow, KeptAnswer, "answer")
        self.facts: Shelf[Fact] = self._shelf(tables.FactRow, Fact, "fact")
        self.arrivals: Shelf[Accepted] = self._shelf(mail_tables.ArrivalRow, Accepted, "arrival")
        self.threads: Shelf[Thread] = self._shelf(mail_tables.ThreadRow, Thread, "thread")
        self.participants: Shelf[Participant] = self._shelf(
            mail_tables.ParticipantRow, Participant, "participant"
        )
        self.messages: Shelf[Message] = self._shelf(mail_tables.MessageRow, Message, "message")
        self.deliveries: Shelf[Delivery] = self._shelf(mail_tables.DeliveryRow, Delivery, "delivery")
        self.attempts: Shelf[Attempt] = self._shelf(mail_tables.AttemptRow, Attempt, "attempt")
        self.approvals: Shelf[Approval] = self._shelf(mail_tables.ApprovalRow, Approval, "approval")
        self.notifications: Shelf[Notification] = self._shelf(
            mail_tables.NotificationRow, Notification, "notification"
        )
        self.notification_attempts: Shelf[NotificationAttempt] = self._shelf(
            mail_tables.NotificationAttemptRow, NotificationAttempt, "attempt"
        )
        self.journal: Journal = StoredJournal(connection, self.endpoints, self.notifications, mint)
        self.due: Due = StoredDue(connection)

    def mint(self, prefix: str) -> str:
        """A new id of this kind."""
        return self._mint(prefix)

    def keep(self, raw: bytes, sha256: str) -> str:
        """Keep raw bytes once, under their SHA-256."""
        self._connection.execute(_KEEP, {"sha256": sha256, "raw": raw})
        self.weight += len(raw)
        return sha256

    def raw(self, blob: str) -> bytes:
        """The bytes with this SHA-256; raises NotFound."""
        row = self._connection.execute(
            "SELECT raw FROM blobs WHERE sha256 = :blob", {"blob": blob}
        ).fetchone()
        if row is None:
            raise NotFound(f"there are no raw bytes {blob}")
        raw: bytes = row[0]
        return raw

    def _shelf(self, row: type, value: type[T], noun: str) -> TableShelf[T]:
        codec = _CODECS.setdefault(value, Codec(value))
        return TableShelf(self._connection, row.__table__, codec, noun)  # type: ignore[attr-defined]  # SQLModel sets it
