"""Finding out what policies ask about a message: each fact only when a rule wants it.

What happened before counts as it was just before the message: a message that is
looked at again, or replayed, is not its own past.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from loftbox_cli.core.address import key_of
from loftbox_cli.core.agent import Agent
from loftbox_cli.core.invisible import visible
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message
from loftbox_cli.core.policy.facts import ABSENT, CONTEXT, UNKNOWN, Facts, Value
from loftbox_cli.core.policy.links import link_hosts
from loftbox_cli.services.history import Earlier
from loftbox_cli.services.suppressions import in_force
from loftbox_cli.services.tx import Tx

WINDOWS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MOST_OF_THREAD = 1_000


def gather(tx: Tx, message: Message, needs: frozenset[str], now: datetime) -> Facts:
    """Find out what is needed. A fact for which there is no way to find out is left unknown."""
    about = _About(tx, message, now)
    shared: dict[str, Value] = {name: _SHARED[name](about) for name in needs & _SHARED.keys()}
    for key, text in message.context.items():
        shared[f"{CONTEXT}.{key}"] = text.casefold()
    asked = {name: _OF_RECIPIENT[name] for name in needs & _OF_RECIPIENT.keys()}
    recipients = tuple(
        {"recipient.address": each.address, **{name: find(about, each) for name, find in asked.items()}}
        for each in about.recipients
    )
    return Facts(shared, recipients, now)


@dataclass(frozen=True, slots=True)
class _Recipient:
    """`written` is the address as the envelope has it, `address` as it is compared."""

    written: str
    address: str
    domain: str


class _About:
    """One message, and what its facts share; each is read once, and only when it is wanted."""

    def __init__(self, tx: Tx, message: Message, now: datetime) -> None:
        self.tx = tx
        self.message = message
        self.now = now

    @cached_property
    def mailbox(self) -> Mailbox:
        return self.tx.mailboxes.get(self.message.mailbox_id)

    @cached_property
    def agent(self) -> Agent | None:
        agent_id = self.mailbox.agent_id
        return None if agent_id is None else self.tx.agents.get(agent_id)

    @cached_property
    def recipients(self) -> tuple[_Recipient, ...]:
        return tuple(map(_recipient, self.message.rcpt_to))

    @cached_property
    def parent(self) -> Message | None:
        """The message that is answered; where it had no Message-ID, the last that came in its thread."""
        for name in self.message.in_reply_to:
            found = self.tx.messages.find(rfc_message_id=name, mailbox_id=self.message.mailbox_id)
            if found is not None:
                return found
        last = next((each.id for each in self.thread if each.direction is Direction.INBOUND), None)
        return None if last is None else self.tx.messages.get(last)

    @cached_property
    def thread(self) -> tuple[Earlier, ...]:
        """What its thread held before, newest first."""
        if not self.message.thread_id:
            return ()
        found = self.tx.history.of_thread(self.message.thread_id, _MOST_OF_THREAD)
        return tuple(each for each in found if each.id < self.message.id)

    @cached_property
    def links(self) -> Mapping[str, int] | None:
        return link_hosts(self.message.text, self.message.html)

    def first_contact(self, address: str) -> bool:
        """Whether neither wrote to the other in any thread of the mailbox."""
        message = self.message
        return not self.tx.archive.known_before(message.mailbox_id, address, message.id)

    def in_thread(self, address: str) -> Value:
        """Whether it took part as a proven sender. A From proves nothing: who only has one is unknown."""
        wrote = any(
            address in map(str.lower, each.senders)
            for each in self.thread
            if each.direction is Direction.INBOUND
        )
        return UNKNOWN if wrote else False

    def suppressed(self, address: str) -> bool:
        """Whether the domain of its mailbox must not write there."""
        domain_id = self.mailbox.domain_id
        return domain_id is not None and in_force(self.tx, domain_id, address, self.now) is not None

    def released(self, window: str, **of: object) -> int:
        """How many messages some mailboxes released in this time."""
        ids = [each.id for each in self.tx.mailboxes.all(**of)]
        return self.tx.history.released(ids, self.now - WINDOWS[window], self.now)

    def paused(self, target: str | None) -> Value:
        return UNKNOWN if target is None else self.tx.pauses.find(target=target) is not None


def _recipient(written: str) -> _Recipient:
    address = key_of(written)
    return _Recipient(written, address, address.rpartition("@")[2])


def _own_or(parent: Message | None, word: str) -> Value:
    if parent is None:
        return ABSENT
    return "own" if parent.direction is Direction.OUTBOUND else word


def _parent_automation(about: _About) -> Value:
    if about.parent is None:
        # What cannot be found any more may have been written by anybody.
        return UNKNOWN if about.message.in_reply_to else ABSENT
    # RFC 3834 is about others' mail: who goes on after a message of its own answers nobody.
    return "none" if about.parent.direction is Direction.OUTBOUND else about.parent.automation.value


def _agent_in_a_row(about: _About) -> int:
    count = 0
    for each in about.thread:
        if each.direction is Direction.INBOUND:
            break
        count += each.state == "released"
    return count


def _sent_in_thread(about: _About) -> int:
    since = about.now - WINDOWS["hour"]
    return sum(each.released_at is not None and since < each.released_at < about.now for each in about.thread)


def _started_by(about: _About) -> Value:
    first = about.tx.history.first_of_thread(about.message.thread_id) if about.thread else None
    return "us" if first is None or first.direction is Direction.OUTBOUND else "them"


def _thread_state(about: _About) -> Value:
    thread = about.tx.threads.find(id=about.message.thread_id)
    return thread.state.value if thread else "open"


def _domain_name(about: _About) -> Value:
    return about.mailbox.address.rpartition("@")[2]


def _extension(filename: str) -> str:
    """The ending by which a reader's machine opens the file: Windows drops dots and spaces behind it."""
    name = visible(filename)[0].rstrip(". ")
    return name.rpartition(".")[2].casefold() if "." in name else ""


def _sent(which: str, window: str) -> Callable[[_About], Value]:
    """Count for the mailbox itself, or for all that share its agent or its domain."""
    return lambda about: about.released(window, **{which: getattr(about.mailbox, which)})


_SHARED: Mapping[str, Callable[[_About], Value]] = {
    "message.recipients": lambda about: len(about.recipients),
    "message.bcc": lambda about: len(about.message.bcc),
    "message.first_contacts": lambda about: sum(
        about.first_contact(each.address) for each in about.recipients
    ),
    "message.reply": lambda about: bool(about.message.in_reply_to or about.parent),
    "message.html": lambda about: bool(about.message.html),
    "message.size": lambda about: about.message.size,
    "message.subject": lambda about: about.message.subject.casefold(),
    "message.labels": lambda about: frozenset(map(str.casefold, about.message.labels)),
    "attachment.count": lambda about: len(about.message.attachments),
    "attachment.types": lambda about: frozenset(
        each.content_type.casefold() for each in about.message.attachments
    ),
    "attachment.extensions": lambda about: frozenset(
        _extension(each.filename) for each in about.message.attachments
    ),
    "attachment.size": lambda about: sum(each.size for each in about.message.attachments),
    "attachment.largest": lambda about: max((each.size for each in about.message.attachments), default=0),
    "link.count": lambda about: UNKNOWN if about.links is None else sum(about.links.values()),
    "link.domains": lambda about: UNKNOWN if about.links is None else frozenset(about.links),
    "thread.new": lambda about: not about.thread,
    "thread.started_by": _started_by,
    "thread.state": _thread_state,
    "thread.messages": lambda about: len(about.thread),
    "thread.agent_in_a_row": _agent_in_a_row,
    "thread.sent_hour": _sent_in_thread,
    "parent.automation": _parent_automation,
    "parent.relation": lambda about: _own_or(about.parent, about.parent.relation if about.parent else ""),
    "mailbox.address": lambda about: about.mailbox.address,
    "mailbox.paused": lambda about: about.paused(about.mailbox.id),
    "agent.name": lambda about: about.agent.name.casefold() if about.agent else UNKNOWN,
    "agent.paused": lambda about: about.paused(about.mailbox.agent_id),
    "domain.name": _domain_name,
    "domain.paused": lambda about: about.paused(about.mailbox.domain_id),
    "sample.draw": lambda about: about.message.sample,
    **{f"sent.mailbox_{window}": _sent("id", window) for window in WINDOWS},
    **{f"sent.agent_{window}": _sent("agent_id", window) for window in WINDOWS},
    **{f"sent.domain_{window}": _sent("domain_id", window) for window in WINDOWS},
}

_OF_RECIPIENT: Mapping[str, Callable[[_About, _Recipient], Value]] = {
    "recipient.domain": lambda _, each: each.domain,
    "recipient.first_contact": lambda about, each: about.first_contact(each.address),
    "recipient.in_thread": lambda about, each: about.in_thread(each.address),
    "recipient.ours": lambda about, each: about.tx.domains.find(name=each.domain) is not None,
    "recipient.suppressed": lambda about, each: about.suppressed(each.address),
    "recipient.sent_hour": lambda about, each: about.tx.history.released_to(
        each.written, about.now - WINDOWS["hour"], about.now
    ),
    "recipient.sent_day": lambda about, each: about.tx.history.released_to(
        each.written, about.now - WINDOWS["day"], about.now
    ),
}
