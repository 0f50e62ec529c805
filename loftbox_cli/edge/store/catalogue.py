"""Which table holds which value of the core.

A place names its columns by the fields of its value. The tables themselves are
defined with SQLModel in `tables.py` and `mail_tables.py`, which only the daemon and
`init` import: loading them takes longer than most commands run.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from loftbox_cli.core.agent import Agent
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.change import Change
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import Endpoint, EndpointSecret, Notification, NotificationAttempt
from loftbox_cli.core.events import Event
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
from loftbox_cli.edge.store.codec import Codec
from loftbox_cli.services.tx import Accepted, DomainKey, DomainRoute, Fact, KeptAnswer

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Place(Generic[T]):
    """One table: its name, what lies there, the word for it, and the fields that are its key.

    What is `lasting` changes seldom and is asked for again and again. A connection reads
    it once, and again after anybody changed something of that kind: the changes are
    counted in the store, so that one look at their number says whether it still stands.
    """

    table: str
    value: type[T]
    noun: str
    keys: tuple[str, ...] = ("id",)
    lasting: bool = False

    @cached_property
    def codec(self) -> Codec[T]:
        """What moves values in and out."""
        return Codec(self.value)


AGENTS = Place("agents", Agent, "agent", lasting=True)
PERSONS = Place("persons", Person, "person", lasting=True)
KEYS = Place("keys", Key, "key", lasting=True)
DOMAINS = Place("domains", Domain, "domain", lasting=True)
DOMAIN_KEYS = Place("domain_keys", DomainKey, "domain key", lasting=True)
DOMAIN_ROUTES = Place("domain_routes", DomainRoute, "route", keys=("domain_id",), lasting=True)
STS_POLICIES = Place("sts_policies", KeptPolicy, "MTA-STS policy", keys=("domain",))
BEST_TLS = Place("best_tls", BestSeen, "TLS session", keys=("destination",))
MAILBOXES = Place("mailboxes", Mailbox, "mailbox", lasting=True)
PAUSES = Place("pauses", Pause, "pause", keys=("target",), lasting=True)
PAUSE_SPANS = Place("pause_spans", PauseSpan, "pause that is over", keys=("target", "since"), lasting=True)
RESTS = Place("rests", Rest, "rest", keys=("site",))
ENDPOINTS = Place("endpoints", Endpoint, "webhook", lasting=True)
ENDPOINT_SECRETS = Place("endpoint_secrets", EndpointSecret, "webhook secret", lasting=True)
ANSWERS = Place("answers", KeptAnswer, "answer", keys=("place",))
FACTS = Place("facts", Fact, "fact", keys=("name",))
ARRIVALS = Place("arrivals", Accepted, "arrival", keys=("request_id",))
POLICIES = Place("policies", StoredPolicy, "policy", lasting=True)
POLICY_VERSIONS = Place(
    "policy_versions", PolicyVersion, "version of a policy", keys=("policy_id", "number"), lasting=True
)
POLICY_BINDINGS = Place(
    "policy_bindings", Binding, "binding of a policy", keys=("policy_id", "target"), lasting=True
)
MARKS = Place("marks", Mark, "mark")
THREADS = Place("threads", Thread, "thread")
PARTICIPANTS = Place("participants", Participant, "participant", keys=("thread_id", "address"))
MENTIONS = Place("mentions", Mention, "mention", keys=("mailbox_id", "rfc_message_id", "thread_id"))
MESSAGES = Place("messages", Message, "message")
DELIVERIES = Place("deliveries", Delivery, "delivery")
SUPPRESSIONS = Place("suppressions", Suppression, "suppression")
ATTEMPTS = Place("attempts", Attempt, "attempt", keys=("delivery_id", "number"))
APPROVALS = Place("approvals", Approval, "approval")
REVISIONS = Place("revisions", Revision, "revision", keys=("message_id", "number"))
LINKS = Place("links", Link, "link")
CHANGES = Place("changes", Change, "change")
EVENTS = Place("events", Event, "event", keys=("seq",))
NOTIFICATIONS = Place("notifications", Notification, "notification")
NOTIFICATION_ATTEMPTS = Place(
    "notification_attempts", NotificationAttempt, "attempt", keys=("notification_id", "number")
)

ALL: tuple[Place[Any], ...] = (
    AGENTS, PERSONS, KEYS, DOMAINS, DOMAIN_KEYS, MAILBOXES, PAUSES, PAUSE_SPANS, RESTS, ENDPOINTS,
    ENDPOINT_SECRETS, ANSWERS, FACTS, ARRIVALS, THREADS, MENTIONS, PARTICIPANTS, MESSAGES, DELIVERIES,
    ATTEMPTS, SUPPRESSIONS, APPROVALS, EVENTS, NOTIFICATIONS, NOTIFICATION_ATTEMPTS, DOMAIN_ROUTES,
    STS_POLICIES, BEST_TLS, POLICIES, POLICY_VERSIONS, POLICY_BINDINGS, MARKS, REVISIONS, LINKS, CHANGES,
)  # fmt: skip
