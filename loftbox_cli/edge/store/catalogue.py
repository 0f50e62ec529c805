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
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.endpoint import Endpoint, EndpointSecret, Notification, NotificationAttempt
from loftbox_cli.core.events import Event
from loftbox_cli.core.key import Key
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.person import Person
from loftbox_cli.core.thread import Participant, Thread
from loftbox_cli.edge.store.codec import Codec
from loftbox_cli.services.tx import Accepted, DomainKey, Fact, KeptAnswer

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Place(Generic[T]):
    """One table: its name, what lies there, the word for it, and the fields that are its key.

    What is `lasting` changes seldom and is asked for again and again, so that a
    transaction reads it once.
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
PERSONS = Place("persons", Person, "person")
KEYS = Place("keys", Key, "key")
DOMAINS = Place("domains", Domain, "domain", lasting=True)
DOMAIN_KEYS = Place("domain_keys", DomainKey, "domain key", lasting=True)
MAILBOXES = Place("mailboxes", Mailbox, "mailbox", lasting=True)
PAUSES = Place("pauses", Pause, "pause", keys=("target",))
ENDPOINTS = Place("endpoints", Endpoint, "webhook", lasting=True)
ENDPOINT_SECRETS = Place("endpoint_secrets", EndpointSecret, "webhook secret", lasting=True)
ANSWERS = Place("answers", KeptAnswer, "answer", keys=("place",))
FACTS = Place("facts", Fact, "fact", keys=("name",))
ARRIVALS = Place("arrivals", Accepted, "arrival", keys=("request_id",))
THREADS = Place("threads", Thread, "thread")
PARTICIPANTS = Place("participants", Participant, "participant", keys=("thread_id", "address"))
MESSAGES = Place("messages", Message, "message")
DELIVERIES = Place("deliveries", Delivery, "delivery")
ATTEMPTS = Place("attempts", Attempt, "attempt", keys=("delivery_id", "number"))
APPROVALS = Place("approvals", Approval, "approval")
EVENTS = Place("events", Event, "event", keys=("seq",))
NOTIFICATIONS = Place("notifications", Notification, "notification")
NOTIFICATION_ATTEMPTS = Place(
    "notification_attempts", NotificationAttempt, "attempt", keys=("notification_id", "number")
)

ALL: tuple[Place[Any], ...] = (
    AGENTS, PERSONS, KEYS, DOMAINS, DOMAIN_KEYS, MAILBOXES, PAUSES, ENDPOINTS, ENDPOINT_SECRETS, ANSWERS,
    FACTS, ARRIVALS, THREADS, PARTICIPANTS, MESSAGES, DELIVERIES, ATTEMPTS, APPROVALS, EVENTS, NOTIFICATIONS,
    NOTIFICATION_ATTEMPTS,
)  # fmt: skip
