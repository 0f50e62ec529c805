"""One transaction on one connection, as the verbs see it (fulfils `services.tx.Tx`)."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.change import Change
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import Endpoint, EndpointSecret, Notification, NotificationAttempt
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.key import Key
from loftbox_cli.core.link import Link
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.pacing import Rest
from loftbox_cli.core.pause import Pause, PauseSpan
from loftbox_cli.core.person import Person
from loftbox_cli.core.policy.stepping import Mark
from loftbox_cli.core.policy.stored import Binding, PolicyVersion, StoredPolicy
from loftbox_cli.core.revision import Revision
from loftbox_cli.core.suppression import Suppression
from loftbox_cli.core.thread import Mention, Participant, Thread
from loftbox_cli.core.tls_policy import BestSeen
from loftbox_cli.edge.store import catalogue, statements
from loftbox_cli.edge.store.archive import StoredArchive
from loftbox_cli.edge.store.catalogue import Place
from loftbox_cli.edge.store.codec import dump
from loftbox_cli.edge.store.due import StoredDue, waits
from loftbox_cli.edge.store.history import StoredHistory
from loftbox_cli.edge.store.journal import StoredJournal
from loftbox_cli.edge.store.shelf import Connection, TableShelf
from loftbox_cli.edge.store.word_index import MessageShelf
from loftbox_cli.services.archive import Archive
from loftbox_cli.services.history import History
from loftbox_cli.services.journal import Journal
from loftbox_cli.services.shelf import Shelf
from loftbox_cli.services.tx import Accepted, DomainKey, DomainRoute, Due, Fact, KeptAnswer, Queue

T = TypeVar("T")

_KEEP = "INSERT OR IGNORE INTO blobs (sha256, raw) VALUES (?, ?)"
# A request that was here before has its arrival.
_NEW_BRINGERS = """
SELECT brought_by FROM blobs WHERE sha256 IN (SELECT value FROM json_each(:blobs))
  AND NOT EXISTS (SELECT 1 FROM arrivals WHERE request_id = brought_by)"""
_BROUGHT = ("sha256", "raw", "brought_by")


class Transaction:
    """The shelves on one connection.

    `weight` counts the raw octets that were written through it, and `filled` names the
    queues into which it put something that waits.
    """

    def __init__(self, connection: Connection, mint: Callable[[str], str]) -> None:
        self._connection = connection
        self._mint = mint
        self.weight = 0
        self.filled: set[Queue] = set()
        self._version: int | None = None
        self._changes: str | None = None
        self._remembering: set[TableShelf[Any]] = set()
        self._remembering_lasting: set[TableShelf[Any]] = set()
        self.agents: Shelf[Agent] = self._shelf(catalogue.AGENTS)
        self.persons: Shelf[Person] = self._shelf(catalogue.PERSONS)
        self.keys: Shelf[Key] = self._shelf(catalogue.KEYS)
        self.domains: Shelf[Domain] = self._shelf(catalogue.DOMAINS)
        self.domain_keys: Shelf[DomainKey] = self._shelf(catalogue.DOMAIN_KEYS)
        self.domain_routes: Shelf[DomainRoute] = self._shelf(catalogue.DOMAIN_ROUTES)
        self.sts_policies: Shelf[KeptPolicy] = self._shelf(catalogue.STS_POLICIES)
        self.best_tls: Shelf[BestSeen] = self._shelf(catalogue.BEST_TLS)
        self.mailboxes: Shelf[Mailbox] = self._shelf(catalogue.MAILBOXES)
        self.pauses: Shelf[Pause] = self._shelf(catalogue.PAUSES)
        self.pause_spans: Shelf[PauseSpan] = self._shelf(catalogue.PAUSE_SPANS)
        self.rests: Shelf[Rest] = self._shelf(catalogue.RESTS)
        self.endpoints: Shelf[Endpoint] = self._shelf(catalogue.ENDPOINTS)
        self.endpoint_secrets: Shelf[EndpointSecret] = self._shelf(catalogue.ENDPOINT_SECRETS)
        self.answers: Shelf[KeptAnswer] = self._shelf(catalogue.ANSWERS)
        self.facts: Shelf[Fact] = self._shelf(catalogue.FACTS)
        self.arrivals: Shelf[Accepted] = self._shelf(catalogue.ARRIVALS, Queue.ARRIVALS)
        self.threads: Shelf[Thread] = self._shelf(catalogue.THREADS)
        self.mentions: Shelf[Mention] = self._shelf(catalogue.MENTIONS)
        self.participants: Shelf[Participant] = self._shelf(catalogue.PARTICIPANTS)
        self.messages: Shelf[Message] = self._kept(MessageShelf(connection, catalogue.MESSAGES))
        deliveries = self._shelf(catalogue.DELIVERIES, Queue.DELIVERIES)
        self.deliveries: Shelf[Delivery] = deliveries
        self.suppressions: Shelf[Suppression] = self._shelf(catalogue.SUPPRESSIONS)
        self.attempts: Shelf[Attempt] = self._shelf(catalogue.ATTEMPTS)
        self.approvals: Shelf[Approval] = self._shelf(catalogue.APPROVALS)
        self.revisions: Shelf[Revision] = self._shelf(catalogue.REVISIONS)
        self.links: Shelf[Link] = self._shelf(catalogue.LINKS)
        self.changes: Shelf[Change] = self._shelf(catalogue.CHANGES)
        self.notifications: Shelf[Notification] = self._shelf(catalogue.NOTIFICATIONS, Queue.NOTIFICATIONS)
        self.notification_attempts: Shelf[NotificationAttempt] = self._shelf(catalogue.NOTIFICATION_ATTEMPTS)
        self.policies: Shelf[StoredPolicy] = self._shelf(catalogue.POLICIES)
        self.policy_versions: Shelf[PolicyVersion] = self._shelf(catalogue.POLICY_VERSIONS)
        self.policy_bindings: Shelf[Binding] = self._shelf(catalogue.POLICY_BINDINGS)
        self.marks: Shelf[Mark] = self._shelf(catalogue.MARKS)
        self.history: History = StoredHistory(connection)
        self.journal: Journal = StoredJournal(connection, self.endpoints, self.notifications, mint)
        self.due: Due = StoredDue(connection, deliveries)
        self.archive: Archive = StoredArchive(connection)

    def mint(self, prefix: str) -> str:
        """A new id of this kind."""
        return self._mint(prefix)

    def keep(self, raw: bytes, sha256: str) -> str:
        """Keep raw bytes once, under their SHA-256."""
        self._connection.execute(_KEEP, (sha256, raw))
        self.weight += len(raw)
        return sha256

    def bring(self, mails: Sequence[tuple[str, bytes, RequestId]]) -> set[RequestId]:
        """Keep the bytes of arrivals behind their SHA-256; answers which were the first with theirs."""
        begin = fresh = 0
        for size in statements.in_rows(len(mails)):
            some = mails[begin : begin + size]
            begin += size
            kept = self._connection.execute(
                statements.insert_rows("blobs", _BROUGHT, size, ignore_twins=True),
                [column for mail in some for column in mail],
            )
            fresh += kept.rowcount
            self.weight += sum([len(raw) for _, raw, _ in some])
        ours = {request_id for _, _, request_id in mails}
        if fresh == len(mails):
            return ours
        bringers = self._connection.execute(_NEW_BRINGERS, {"blobs": dump([blob for blob, _, _ in mails])})
        return ours.intersection(bringer for (bringer,) in bringers)

    def raw(self, blob: str) -> bytes:
        """The bytes with this SHA-256; raises NotFound."""
        row = self._connection.execute(
            "SELECT raw FROM blobs WHERE sha256 = :blob", {"blob": blob}
        ).fetchone()
        if row is None:
            raise NotFound(f"there are no raw bytes {blob}")
        raw: bytes = row[0]
        return raw

    def _shelf(self, place: Place[T], queue: Queue | None = None) -> TableShelf[T]:
        shelf = self._kept(TableShelf(self._connection, place))
        if queue is not None:
            shelf.written = self._watch(queue)
        return shelf

    def _kept(self, shelf: TableShelf[T]) -> TableShelf[T]:
        shelf.remembering = self._remembering_lasting if shelf.lasting else self._remembering
        return shelf

    def begin(self) -> None:
        """Start anew inside a transaction that reads, and believe of what was read before only what lasts.

        Of that nothing has changed while the number of changes, as this moment sees it, is the same.
        """
        self.weight = 0
        self.filled.clear()
        _forget_all(self._remembering)
        changes = statements.changes(self._connection)
        if changes != self._changes:
            self._changes = changes
            _forget_all(self._remembering_lasting)

    def go_on(self) -> None:
        """Start anew, and believe what was read and written before, unless another connection has committed.

        For the one connection that writes, inside its transaction. SQLite's data_version stays
        what it was over commits of its own.
        """
        self.weight = 0
        self.filled.clear()
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self.forget()

    def forget(self) -> None:
        """Believe nothing that was read before; what it came from may have been rolled back."""
        _forget_all(self._remembering)
        _forget_all(self._remembering_lasting)

    def _watch(self, queue: Queue) -> Callable[[Any], None]:
        def written(value: Any) -> None:
            if waits(value):
                self.filled.add(queue)

        return written


def _forget_all(remembering: set[TableShelf[Any]]) -> None:
    for shelf in remembering:
        shelf.forget()
    remembering.clear()
