"""Every fact that a rule may ask for: the one table of them.

A fact has a kind, and its kind says which tests fit. Those of the group `recipient`
have one value for each recipient. A fact that nobody found out, or cannot yet, is
UNKNOWN, which never lets a message leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Final, Literal

from loftbox_cli.core.message import Relation
from loftbox_cli.core.reading import Automation
from loftbox_cli.core.thread import ThreadState


class Kind(StrEnum):
    """What the values of a fact look like."""

    FLAG = "true or false"
    NUMBER = "a number"
    SIZE = "octets"
    TEXT = "text"
    TEXTS = "texts"
    TIME = "a time of day"


class Unknown(Enum):
    """The value of what nobody knows."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN
Value = bool | int | str | frozenset[str] | Literal[Unknown.UNKNOWN]

ABSENT = "absent"  # what the facts of `parent` say where nothing is being answered
CONTEXT = "context"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a rule may ask. `words` closes the list of its values where there is one.

    `known` is false for what no part of the gateway finds out: it is declared, and holds.
    """

    name: str
    kind: Kind
    what: str
    words: tuple[str, ...] = ()
    known: bool = True

    @property
    def of_recipient(self) -> bool:
        """Whether each recipient has a value of its own."""
        return self.name.startswith("recipient.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one message. `recipients` holds a mapping for each one, in their order."""

    shared: Mapping[str, Value]
    recipients: tuple[Mapping[str, Value], ...]
    now: datetime


_FLAG, _NUMBER, _SIZE, _TEXT, _TEXTS = Kind.FLAG, Kind.NUMBER, Kind.SIZE, Kind.TEXT, Kind.TEXTS

TABLE: tuple[Fact, ...] = (
    Fact("recipient.address", _TEXT, "The address, in lower case."),
    Fact("recipient.domain", _TEXT, "The domain of the address, in lower case."),
    Fact("recipient.lists", _TEXTS, "The lists of the policy that hold the address or its domain."),
    Fact("recipient.first_contact", _FLAG, "Nobody of this mailbox wrote to it, nor it to the mailbox."),
    Fact("recipient.in_thread", _FLAG, "It wrote in this thread before, and that was proven."),
    Fact("recipient.ours", _FLAG, "Its domain is one of this gateway."),
    Fact("recipient.suppressed", _FLAG, "Mail to it failed for good or led to a complaint."),
    Fact("recipient.sent_hour", _NUMBER, "Messages that the gateway released to it in the last hour."),
    Fact("recipient.sent_day", _NUMBER, "Messages that the gateway released to it in the last day."),
    Fact("recipient.tainted", _FLAG, "Its address was first seen in the text of a mail.", known=False),
    Fact("message.recipients", _NUMBER, "How many recipients there are: To, Cc and Bcc."),
    Fact("message.bcc", _NUMBER, "How many of them nobody sees."),
    Fact("message.first_contacts", _NUMBER, "How many of them are first contacts."),
    Fact("message.reply", _FLAG, "It answers a message of the mailbox."),
    Fact("message.html", _FLAG, "It has an HTML part."),
    Fact("message.size", _SIZE, "The size of the message as composed."),
    Fact("message.subject", _TEXT, "The subject, in lower case."),
    Fact("message.labels", _TEXTS, "The labels that the caller gave."),
    Fact("attachment.count", _NUMBER, "How many files are attached."),
    Fact("attachment.types", _TEXTS, "Their media types, such as application/pdf."),
    Fact("attachment.extensions", _TEXTS, "The endings of their names, such as pdf; none is an empty text."),
    Fact("attachment.size", _SIZE, "The size of all files together."),
    Fact("attachment.largest", _SIZE, "The size of the largest file."),
    Fact("link.count", _NUMBER, "How many links text and HTML hold."),
    Fact("link.domains", _TEXTS, "The hosts that these links lead to."),
    Fact("thread.new", _FLAG, "The message begins a conversation."),
    Fact("thread.started_by", _TEXT, "Who wrote first.", ("us", "them")),
    Fact("thread.state", _TEXT, "Whose turn it is.", tuple(state.value for state in ThreadState)),
    Fact("thread.messages", _NUMBER, "How many messages it has, without this one."),
    Fact("thread.agent_in_a_row", _NUMBER, "How many of ours came last, without an answer between."),
    Fact("thread.sent_hour", _NUMBER, "How many of ours were released in it within the last hour."),
    Fact("thread.tainted", _FLAG, "A mail in it asked for what an agent should not do.", known=False),
    Fact(
        "parent.automation",
        _TEXT,
        "Who wrote the mail that is answered: a person or a program.",
        (*(each.value for each in Automation), ABSENT),
    ),
    Fact(
        "parent.relation",
        _TEXT,
        "What the mail that is answered is to us.",
        (*(each.value for each in Relation if each.value), "own", ABSENT),
    ),
    Fact(
        "parent.authentication",
        _TEXT,
        "Whether the sender of the mail that is answered was proven.",
        ("pass", "fail", "none", "own", ABSENT),
        known=False,
    ),
    Fact("sent.mailbox_minute", _NUMBER, "Messages that the mailbox released in the last minute."),
    Fact("sent.mailbox_hour", _NUMBER, "Messages that the mailbox released in the last hour."),
    Fact("sent.mailbox_day", _NUMBER, "Messages that the mailbox released in the last day."),
    Fact("sent.agent_minute", _NUMBER, "The same of all mailboxes of the agent, in a minute."),
    Fact("sent.agent_hour", _NUMBER, "The same of all mailboxes of the agent, in an hour."),
    Fact("sent.agent_day", _NUMBER, "The same of all mailboxes of the agent, in a day."),
    Fact("sent.domain_minute", _NUMBER, "The same of all mailboxes of the domain, in a minute."),
    Fact("sent.domain_hour", _NUMBER, "The same of all mailboxes of the domain, in an hour."),
    Fact("sent.domain_day", _NUMBER, "The same of all mailboxes of the domain, in a day."),
    Fact("time.of_day", Kind.TIME, "The time, in the time zone of the policy."),
    Fact("time.weekday", _TEXT, "The day of the week there.", WEEKDAYS),
    Fact("mailbox.address", _TEXT, "The address that it comes from."),
    Fact("mailbox.paused", _FLAG, "The mailbox is paused."),
    Fact("agent.name", _TEXT, "The name of the agent, in lower case."),
    Fact("agent.paused", _FLAG, "The agent is paused."),
    Fact("domain.name", _TEXT, "The domain that it comes from."),
    Fact("domain.paused", _FLAG, "The domain is paused."),
    Fact("sample.draw", _NUMBER, "0 to 999, drawn from mailbox, recipients, content; untold to agents."),
    Fact("content.findings", _TEXTS, "Secrets, card numbers and the like in the message.", known=False),
)

FACTS: Mapping[str, Fact] = {fact.name: fact for fact in TABLE}
GROUPS = (*dict.fromkeys(fact.name.partition(".")[0] for fact in TABLE), CONTEXT)


def context_fact(key: str) -> Fact:
    """The fact that a caller tells under this key of `context`; unknown when it does not."""
    return Fact(f"{CONTEXT}.{key}", Kind.TEXT, "What the caller said about its work.")
