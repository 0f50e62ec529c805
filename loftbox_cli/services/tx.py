"""What a verb sees of the store: one transaction, as shelves of values.

A verb is a plain function whose first argument is a `Tx`. It never begins or ends
one: the store runs it, alone or together with others that wait, and answers only
after COMMIT has returned.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.change import Change
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.dkim_key import Algorithm
from loftbox_cli.core.dkim_rotation import KeyPhase
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import Endpoint, EndpointSecret, Notification, NotificationAttempt
from loftbox_cli.core.ids import AgentId, DomainId, RequestId
from loftbox_cli.core.key import Key
from loftbox_cli.core.link import Link
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.pacing import Rest, Slots
from loftbox_cli.core.page import Page, PageOf
from loftbox_cli.core.pause import Pause, PauseSpan
from loftbox_cli.core.person import Person
from loftbox_cli.core.policy.stepping import Mark
from loftbox_cli.core.policy.stored import Binding, PolicyVersion, StoredPolicy
from loftbox_cli.core.revision import Revision
from loftbox_cli.core.suppression import Suppression
from loftbox_cli.core.thread import Mention, Participant, Thread
from loftbox_cli.core.tls_policy import BestSeen
from loftbox_cli.core.work_left import WorkLeft
from loftbox_cli.services.archive import Archive
from loftbox_cli.services.history import History
from loftbox_cli.services.journal import Journal
from loftbox_cli.services.shelf import Shelf


@dataclass(frozen=True, slots=True)
class DomainKey:
    """A DKIM key of a domain; `private` is sealed. `phase_since` is when its phase began."""

    id: str
    domain_id: DomainId
    selector: str
    algorithm: Algorithm
    private: bytes
    public: str
    created_at: datetime
    phase: KeyPhase
    phase_since: datetime


@dataclass(frozen=True, slots=True)
class DomainRoute:
    """The smarthost of a domain as its URL, "" for straight to the MX hosts; `password` is sealed.

    A domain without one goes the way that the settings name for all.
    """

    domain_id: DomainId
    smarthost: str
    password: bytes
    chosen_at: datetime

    @property
    def seal_purpose(self) -> str:
        """What its password is sealed for."""
        return f"smarthost:{self.domain_id}"


class ArrivalState(StrEnum):
    """accepted → read | set_aside (when it killed three readers)."""

    ACCEPTED = "accepted"
    READ = "read"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Accepted:
    """An SMTP transaction that we answered with 250, until it has been read.

    `fingerprint` is SHA-256 over the bytes, the sender and the sorted recipients: the
    same mail again within a day is the same message (RFC 1047). It is "" for the mail
    that was the first with its bytes: they lead to it.
    """

    request_id: RequestId
    state: ArrivalState
    received_at: datetime
    peer: str
    helo: str
    tls: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    blob: str
    size: int
    trace: str
    smtputf8: bool
    fingerprint: str
    lease_until: datetime | None
    fence: int
    deaths: int


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What an Idempotency-Key was answered. `place` names API key, method, path and key."""

    place: str
    body_hash: str
    status: int
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One value about the gateway itself."""

    name: str
    value: str


OPERATOR_FACT = "operator_mailbox"
TAGGING_FACT = "tagging"
SERVING_FACT = "serving"
DOOR_FACT = "door"
LOGINS_REFUSED_FACT = "smarthost_logins_refused"


class Queue(StrEnum):
    """What waits for one of the loops."""

    ARRIVALS = "arrivals"
    DELIVERIES = "deliveries"
    NOTIFICATIONS = "notifications"


class Due(Protocol):
    """What the loops have to do, and when there is more. Rows under a lease are never due."""

    def arrivals(self, now: datetime, limit: int) -> list[Accepted]:
        """Accepted mail that nobody reads."""
        ...

    def bringer(self, blob: str) -> Accepted | None:
        """The arrival that was the first with these bytes, if they did not come from us."""
        ...

    def alike(self, fingerprint: str, since: datetime) -> RequestId | None:
        """The first request since then that has this fingerprint, if there is one."""
        ...

    def deliveries(self, now: datetime, slots: Slots) -> list[Delivery]:
        """Deliveries that may go and are not paused, as many as there are slots, the oldest first."""
        ...

    def to_look_at(self, now: datetime, limit: int) -> list[Delivery]:
        """Waiting deliveries, none of them paused, to which time has done something."""
        ...

    def notifications(
        self, now: datetime, limit: int, *, each: int, busy: Collection[str]
    ) -> list[Notification]:
        """Notifications that may go, at most `each` an endpoint, none to the `busy` ones."""
        ...

    def approvals(self, now: datetime, limit: int) -> list[Approval]:
        """Pending approvals whose time is over."""
        ...

    def scheduled(self, now: datetime, limit: int) -> list[Message]:
        """Scheduled messages whose time has come."""
        ...

    def answers(self, before: datetime, limit: int) -> list[KeptAnswer]:
        """Kept answers from before that time, oldest first."""
        ...

    def lapsed(self, now: datetime, limit: int) -> list[Delivery]:
        """Deliveries whose lease ran out while they were being sent."""
        ...

    def being_read(self) -> list[Accepted]:
        """Accepted mail under a lease."""
        ...

    def being_sent(self) -> list[Delivery]:
        """Deliveries under a lease."""
        ...

    def being_posted(self) -> list[Notification]:
        """Notifications under a lease."""
        ...

    def count(self) -> WorkLeft:
        """How much there is of all that."""
        ...

    def next_delivery(self, slots: Slots) -> datetime | None:
        """When the next delivery may go that is not paused, and for which there is a slot."""
        ...

    def waiting(self, page: Page, **where: object) -> PageOf[Delivery]:
        """One page of the deliveries that are not settled, in the order in which they were queued."""
        ...

    def next_notification(self, *, busy: Collection[str]) -> datetime | None:
        """When the next notification may go that is not for the `busy` endpoints."""
        ...

    def next_at(self) -> datetime | None:
        """When the next delivery, notification, approval, scheduled message or lease is due."""
        ...


class Tx(Protocol):
    """One transaction."""

    agents: Shelf[Agent]
    persons: Shelf[Person]
    keys: Shelf[Key]
    domains: Shelf[Domain]
    domain_keys: Shelf[DomainKey]
    domain_routes: Shelf[DomainRoute]
    sts_policies: Shelf[KeptPolicy]
    best_tls: Shelf[BestSeen]
    mailboxes: Shelf[Mailbox]
    pauses: Shelf[Pause]
    pause_spans: Shelf[PauseSpan]
    rests: Shelf[Rest]
    endpoints: Shelf[Endpoint]
    endpoint_secrets: Shelf[EndpointSecret]
    answers: Shelf[KeptAnswer]
    facts: Shelf[Fact]
    arrivals: Shelf[Accepted]
    threads: Shelf[Thread]
    mentions: Shelf[Mention]
    participants: Shelf[Participant]
    messages: Shelf[Message]
    deliveries: Shelf[Delivery]
    suppressions: Shelf[Suppression]
    attempts: Shelf[Attempt]
    approvals: Shelf[Approval]
    revisions: Shelf[Revision]
    links: Shelf[Link]
    changes: Shelf[Change]
    notifications: Shelf[Notification]
    notification_attempts: Shelf[NotificationAttempt]
    policies: Shelf[StoredPolicy]
    policy_versions: Shelf[PolicyVersion]
    policy_bindings: Shelf[Binding]
    marks: Shelf[Mark]
    history: History
    journal: Journal
    due: Due
    archive: Archive

    def mint(self, prefix: str) -> str:
        """A new id of this kind."""
        ...

    def keep(self, raw: bytes, sha256: str) -> str:
        """Keep raw bytes once, under their SHA-256 in hex, which is computed outside."""
        ...

    def bring(self, mails: Sequence[tuple[str, bytes, RequestId]]) -> set[RequestId]:
        """Keep the bytes of arrivals behind their SHA-256; answers which were the first with theirs."""
        ...

    def raw(self, blob: str) -> bytes:
        """The bytes with this SHA-256; raises NotFound."""
        ...


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes look: an agent sees what belongs to it, everybody else (None) sees all."""

    agent_id: AgentId | None = None

    @property
    def only(self) -> Mapping[str, Any]:
        """The condition that this adds to a list."""
        return {} if self.agent_id is None else {"agent_id": self.agent_id}


EVERYTHING = Viewer()
