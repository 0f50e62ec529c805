"""What may leave, said once more in plain words: a model that shares no decision with the product.

It knows what was sent, what people answered and what is in force, and says of each
message whether it may leave at this moment. Where the product may answer in two ways
(a sample is drawn by chance of content), the model says so and holds it to neither.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

GATEWAY = "gateway"
AGENT_OF = {"help@example.com": "first", "desk@example.com": "first", "shop@example.net": "second"}
GRACE = timedelta(days=1)


class Text(Enum):
    """What a version of a policy says about mail to its recipients; to all others it says yes."""

    ALLOWS = 'decision = "allow"'
    HOLDS = 'decision = "hold"'
    ASKS_TWO = 'decision = "hold"\napprovers = 2'
    BLOCKS = 'decision = "block"'


@dataclass(frozen=True, slots=True)
class Question:
    """What people are asked about a message, and how many of them have to agree."""

    about: str
    persons: int = 1


class Answer(Enum):
    """What is to become of a message that stands at the gate."""

    LEAVES = "leaves"
    WAITS = "waits for people"
    STAYS = "stays"  # for ever
    EITHER = "leaves or waits for people"


@dataclass(slots=True)
class Mail:
    """A message. `octets` are those of its revision; `answered` is what people agreed to about them.

    `ended` tells why nothing more of it may leave, "" while that is not so.
    """

    mailbox: str
    recipients: tuple[str, ...]
    submitter: str
    octets: bytes
    thread: str
    to_robot: bool
    revision: int = 1
    answered: set[Question] = field(default_factory=set)
    not_before: datetime | None = None
    agreed_to: bool = False  # whether people said yes to this revision
    released: bool = False
    by_person: bool = False  # whether it left the gate by a yes
    called_back: set[str] = field(default_factory=set)
    ended: str = ""

    @property
    def domain(self) -> str:
        return self.mailbox.rpartition("@")[2]


@dataclass(slots=True)
class Domain:
    """What was seen of a domain, and what the operator thinks of its use."""

    owned: bool = True
    approved: bool = True
    failing_since: datetime | None = None

    def looked(self, *, owned: bool, outbound: bool, now: datetime) -> None:
        self.owned = owned
        self.failing_since = None if owned and outbound else (self.failing_since or now)

    def sends(self, now: datetime) -> bool:
        return (
            self.approved and self.owned and (self.failing_since is None or now - self.failing_since < GRACE)
        )


@dataclass(slots=True)
class Model:
    """All that is in force."""

    oversight: dict[str, str]
    domains: dict[str, Domain]
    texts: dict[str, Text]
    bound: set[tuple[str, str]] = field(default_factory=set)
    paused: set[str] = field(default_factory=set)
    paused_threads: set[str] = field(default_factory=set)
    suppressed: dict[tuple[str, str], datetime] = field(default_factory=dict)
    acquainted: set[tuple[str, str]] = field(default_factory=set)

    def answer(self, mail: Mail, now: datetime) -> Answer:
        """What the gate has to answer about a message that stands before it."""
        blocked = (
            not self.domains[mail.domain].sends(now)
            or self.oversight[mail.mailbox] == "read_only"
            or Text.BLOCKS in (text for _, text in self._said(mail))
        )
        if blocked:
            return Answer.STAYS
        if self.open_questions(mail):
            return Answer.WAITS
        drawn = self.oversight[mail.mailbox] == "sampled" and Question("oversight") not in mail.answered
        return Answer.EITHER if drawn else Answer.LEAVES

    def open_questions(self, mail: Mail) -> set[Question]:
        """What people have to agree to, and did not yet."""
        return set(self._questions(mail)) - mail.answered

    def _questions(self, mail: Mail) -> Iterator[Question]:
        oversight = self.oversight[mail.mailbox]
        strange = any((mail.mailbox, each) not in self.acquainted for each in mail.recipients)
        if oversight in ("gated_all", "gated_send") or (oversight == "sampled" and strange):
            yield Question("oversight")
        if mail.to_robot:
            yield Question("always")
        if mail.thread in self.paused_threads:
            yield Question("thread")
        for policy, text in self._said(mail):
            if text is Text.HOLDS:
                yield Question(policy)
            if text is Text.ASKS_TWO:
                yield Question(policy, 2)

    def _said(self, mail: Mail) -> Iterator[tuple[str, Text]]:
        """What the policies that hold for a mailbox say about this message."""
        places = {GATEWAY, mail.domain, AGENT_OF[mail.mailbox], mail.mailbox}
        for policy, text in self.texts.items():
            concerned = any(address.endswith(f"@{policy}.test") for address in mail.recipients)
            if concerned and any((policy, place) in self.bound for place in places):
                yield policy, text

    def may_go(self, mail: Mail, recipient: str, now: datetime) -> bool:
        """Whether a copy may set out, and whether one that did may be given to the peer."""
        return (
            not mail.ended
            and recipient not in mail.called_back
            and self.answer(mail, now) in (Answer.LEAVES, Answer.EITHER)
            and mail.thread not in self.paused_threads
            and now >= self.suppressed.get((mail.domain, recipient), now)
            and not self._paused(mail, recipient)
        )

    def has_to_go(self, mail: Mail, recipient: str, now: datetime) -> bool:
        """Whether nothing may stop it, not even a sample."""
        return self.may_go(mail, recipient, now) and self.answer(mail, now) is Answer.LEAVES

    def _paused(self, mail: Mail, recipient: str) -> bool:
        destination = recipient.rpartition("@")[2]
        places = {GATEWAY, mail.domain, AGENT_OF[mail.mailbox], mail.mailbox, destination}
        return bool(places & self.paused)
