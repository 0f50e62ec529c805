"""What peers write when they refuse or defer, as data: phrases, and what they mean.

Codes alone do not tell it: one provider's 5.7.1 is another's 5.1.1, and many servers
send no enhanced code at all (RFC 3463). So words come first, codes after. The first
rule with a phrase that stands in the reply counts; rules that name a cause stand
before those that name only its effect ("user unknown, blocked by a list" is a block).
"""

from dataclasses import dataclass
from enum import StrEnum

from loftbox_cli.core import recipient_words
from loftbox_cli.core import response_words as words


class ResponseClass(StrEnum):
    """What a failure is about, and so what may mend it."""

    RECIPIENT = "recipient"  # this address, or its domain, takes no mail
    POLICY = "policy"  # a rule of theirs, or something missing on our side
    REPUTATION = "reputation"  # our address or name is not trusted
    RATE = "rate"  # too much, too fast
    CAPACITY = "capacity"  # no room, or no host that can take it just now
    CONTENT = "content"  # what the message holds, or its size
    PROTOCOL = "protocol"  # the conversation itself went wrong
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TextRule:
    """`detail` is the subject and detail of the status that the words mean ("1.1" of 5.1.1).

    A phrase is lower case, with single spaces; `*` stands for anything between two pieces.
    """

    kind: ResponseClass
    detail: str
    phrases: tuple[str, ...]


_R = ResponseClass

TEXT_RULES = (
    # Codes that a provider invented for itself, before anything that reads like words.
    TextRule(_R.REPUTATION, "7.1", words.PROVIDER_BLOCKS),
    TextRule(_R.RATE, "7.0", words.TOO_FAST),
    TextRule(_R.POLICY, "7.26", words.NOT_AUTHENTICATED),
    TextRule(_R.POLICY, "7.23", words.SPF_FAILED),
    TextRule(_R.POLICY, "7.20", words.DKIM_FAILED),
    TextRule(_R.POLICY, "7.25", words.NO_NAME_FOR_ADDRESS),
    TextRule(_R.POLICY, "7.10", words.TLS_WANTED),
    TextRule(_R.REPUTATION, "7.1", words.BAD_REPUTATION),
    TextRule(_R.POLICY, "7.1", words.GREYLISTED),
    TextRule(_R.CAPACITY, "2.2", words.MAILBOX_FULL),
    TextRule(_R.CONTENT, "3.4", words.TOO_LARGE),
    TextRule(_R.POLICY, "7.1", words.NOT_FOR_US),
    # Before the recipient's rules: a sender that does not exist is nobody's fault but ours.
    TextRule(_R.POLICY, "1.8", words.SENDER_REFUSED),
    TextRule(_R.RECIPIENT, "2.1", recipient_words.SWITCHED_OFF),
    TextRule(_R.RECIPIENT, "1.6", recipient_words.MOVED),
    TextRule(_R.RECIPIENT, "1.10", recipient_words.NULL_MX),
    TextRule(_R.RECIPIENT, "1.2", recipient_words.NO_SUCH_DOMAIN),
    TextRule(_R.RECIPIENT, "1.3", recipient_words.BAD_SYNTAX),
    TextRule(_R.PROTOCOL, "4.6", words.LOOP),
    TextRule(_R.RECIPIENT, "1.1", recipient_words.NO_SUCH_USER),
    TextRule(_R.CONTENT, "7.1", words.BAD_CONTENT),
    TextRule(_R.PROTOCOL, "5.0", words.BAD_COMMAND),
    TextRule(_R.CAPACITY, "3.1", words.SYSTEM_FULL),
    TextRule(_R.CAPACITY, "4.1", words.NO_CONNECTION),
    TextRule(_R.POLICY, "7.1", words.AGAINST_POLICY),
)

# The registry of RFC 5248 by subject and detail, with what providers added to subject 7.
ENHANCED = {
    "1.0": _R.RECIPIENT,
    "1.1": _R.RECIPIENT,
    "1.2": _R.RECIPIENT,
    "1.3": _R.RECIPIENT,
    "1.4": _R.RECIPIENT,
    "1.6": _R.RECIPIENT,
    "1.7": _R.POLICY,
    "1.8": _R.POLICY,
    "1.9": _R.PROTOCOL,
    "1.10": _R.RECIPIENT,
    "2.0": _R.RECIPIENT,
    "2.1": _R.RECIPIENT,
    "2.2": _R.CAPACITY,
    "2.3": _R.CONTENT,
    "2.4": _R.RECIPIENT,
    "3.0": _R.CAPACITY,
    "3.1": _R.CAPACITY,
    "3.2": _R.CAPACITY,
    "3.3": _R.PROTOCOL,
    "3.4": _R.CONTENT,
    "3.5": _R.PROTOCOL,
    "3.6": _R.PROTOCOL,
    "4.0": _R.CAPACITY,
    "4.1": _R.CAPACITY,
    "4.2": _R.CAPACITY,
    "4.3": _R.CAPACITY,
    "4.4": _R.RECIPIENT,
    "4.5": _R.CAPACITY,
    "4.6": _R.PROTOCOL,
    "4.7": _R.CAPACITY,
    "4.8": _R.CAPACITY,
    "5.3": _R.RATE,
    "6.7": _R.PROTOCOL,
    "6.8": _R.PROTOCOL,
    "6.9": _R.PROTOCOL,
    "6.10": _R.PROTOCOL,
    "7.28": _R.REPUTATION,
    "7.606": _R.REPUTATION,
    "7.705": _R.RATE,
    "7.708": _R.REPUTATION,
}
# Codes that mean one thing, whatever words stand beside them.
SURE = {
    "1.7": _R.POLICY,
    "1.8": _R.POLICY,
    "7.9": _R.POLICY,
    "7.25": _R.POLICY,
    "7.26": _R.POLICY,
    "7.27": _R.POLICY,
    "7.29": _R.POLICY,
    "7.30": _R.POLICY,
    "7.500": _R.RATE,
    "7.509": _R.POLICY,
    "7.515": _R.POLICY,
    "7.650": _R.RATE,
}
SUBJECTS = {
    "5": _R.PROTOCOL,
    "6": _R.CONTENT,
    "7": _R.POLICY,
}

# RFC 5321 section 4.2.3, where neither words nor an enhanced code say more: the class
# and the status that the code alone stands for. 550 and 554 are said of everything.
CODES = {
    421: (_R.CAPACITY, "3.2"),
    452: (_R.CAPACITY, "3.1"),
    454: (_R.PROTOCOL, "7.0"),
    455: (_R.PROTOCOL, "5.4"),
    500: (_R.PROTOCOL, "5.2"),
    501: (_R.PROTOCOL, "5.4"),
    502: (_R.PROTOCOL, "5.1"),
    503: (_R.PROTOCOL, "5.1"),
    504: (_R.PROTOCOL, "5.4"),
    521: (_R.RECIPIENT, "3.2"),
    530: (_R.POLICY, "7.0"),
    535: (_R.POLICY, "7.8"),
    551: (_R.RECIPIENT, "1.6"),
    552: (_R.CAPACITY, "2.2"),
    555: (_R.PROTOCOL, "5.4"),
    556: (_R.RECIPIENT, "1.10"),
}
