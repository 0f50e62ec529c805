"""What a peer's refusal means for a person, and what to do about it, as data.

The notes on single codes and words are those that Google, Yahoo and Microsoft publish
for their own; a class has a text for everything else.
"""

import re
from dataclasses import dataclass

from loftbox_cli.core.response_rules import ResponseClass

_MOST_WORDS = 4_000
# Not a part of an address such as 192.5.7.26.
_ENHANCED = re.compile(r"(?<![\d.])[245]\.(\d{1,3}\.\d{1,3})(?!\.?\d)")


@dataclass(frozen=True, slots=True)
class Meaning:
    """`means` in a sentence, and `do` for whoever can mend it."""

    means: str
    do: str


OF_CLASS = {
    ResponseClass.RECIPIENT: Meaning(
        "The peer says that this address, or its domain, takes no mail.",
        "Check the address with the recipient. If it is right after all: loftbox suppression list --address"
        " ADDRESS, then loftbox suppression release.",
    ),
    ResponseClass.POLICY: Meaning(
        "A rule of the peer's kept the message out: who may write, or how a sender must prove itself.",
        "loftbox domain verify shows whether SPF, DKIM, DMARC and the reverse name are right; otherwise ask"
        " the peer's postmaster, with its words.",
    ),
    ResponseClass.REPUTATION: Meaning(
        "The peer does not trust the address or the domain that the mail came from.",
        "loftbox doctor --outside looks for the address in block lists. Follow the link in the peer's words,"
        " and send less until it is mended.",
    ),
    ResponseClass.RATE: Meaning(
        "The peer got too much mail from here in too short a time.",
        "Nothing: LoftBox sends more slowly to it. If it goes on, send less to this provider.",
    ),
    ResponseClass.CAPACITY: Meaning(
        "The mailbox is full, or the peer could not take mail at that moment.",
        "Nothing for now. Reach a recipient whose mailbox stays full in another way.",
    ),
    ResponseClass.CONTENT: Meaning(
        "The peer did not like what the message holds, or its size.",
        "Look at links, attachments and size; send a plainer or smaller message.",
    ),
    ResponseClass.PROTOCOL: Meaning(
        "The two mail systems did not understand each other, or the mail went round in a loop.",
        "loftbox queue show DELIVERY prints the conversation. The peer's postmaster can tell what went"
        " wrong.",
    ),
    ResponseClass.UNKNOWN: Meaning(
        "The peer's words fit no rule that LoftBox has.",
        "Read the peer's words. Nothing else follows from them.",
    ),
}

# Tried in order: the subject and detail of an enhanced code, or words in lower case.
OF_WORDS = (
    (
        "7.26",
        Meaning(
            "Neither SPF nor DKIM proved the sender, or DMARC failed; Google and others ask for it.",
            "Publish SPF and DKIM: loftbox domain records DOMAIN, then loftbox domain verify DOMAIN.",
        ),
    ),
    (
        "7.27",
        Meaning(
            "SPF did not pass for the return path.",
            "Publish the SPF record of the return path: loftbox domain records DOMAIN.",
        ),
    ),
    (
        "7.30",
        Meaning("DKIM did not pass.", "Publish the DKIM records: loftbox domain records DOMAIN."),
    ),
    (
        "7.25",
        Meaning(
            "The sending address has no reverse name, or one that does not lead back to it.",
            "Set the PTR record at the provider of the address; loftbox doctor --outside shows what is"
            " missing.",
        ),
    ),
    (
        "7.28",
        Meaning(
            "Google: an unusual amount of unwanted mail comes from this address or domain.",
            "Send less, and only to people who expect it; keep complaints under 0.1 %.",
        ),
    ),
    (
        "7.29",
        Meaning("The mail came without TLS.", "Let the outbound connection use TLS: loftbox doctor."),
    ),
    (
        "7.515",
        Meaning(
            "Microsoft: SPF, DKIM and DMARC do not all pass for this domain.",
            "Publish all three records: loftbox domain records DOMAIN, then loftbox domain verify DOMAIN.",
        ),
    ),
    (
        "s3140",
        Meaning(
            "Microsoft: the sending address or its network is on its block list.",
            "Ask for removal at https://sender.office.com or the provider of the address; watch it in SNDS.",
        ),
    ),
    (
        "s3150",
        Meaning(
            "Microsoft: the network of the sending address is on its block list.",
            "Ask for removal at https://sender.office.com or the provider of the address; watch it in SNDS.",
        ),
    ),
    (
        "7.500",
        Meaning("Microsoft: too much mail for what it knows of the sender.", "Nothing: LoftBox slows down."),
    ),
    (
        "7.650",
        Meaning("Microsoft: limited because of the address's reputation.", "Nothing: LoftBox slows down."),
    ),
    (
        "rp-001",
        Meaning("Microsoft: too much mail from an address without history.", "Nothing: LoftBox slows down."),
    ),
    ("ts02", Meaning("Yahoo: deferred after complaints of its users.", "Nothing: LoftBox slows down.")),
    ("ts03", Meaning("Yahoo: put off for long after complaints of its users.", "Send less to Yahoo.")),
    ("tss0", Meaning("Yahoo: deferred for volume or complaints.", "Nothing: LoftBox slows down.")),
    (
        "7.9",
        Meaning(
            "The domain's own DMARC policy asks to refuse what proves nothing; Yahoo says so.",
            "Publish the SPF and DKIM records: loftbox domain records DOMAIN.",
        ),
    ),
    (
        "6.7",
        Meaning(
            "The peer takes no mail that names an address outside ASCII (it has no SMTPUTF8).",
            "Write to an ASCII address of the recipient. Whoever has one gets a message of their own, which"
            " names no other address in to or cc.",
        ),
    ),
    (
        "greylist",
        Meaning("The peer puts every stranger off for some minutes.", "Nothing: the next try gets through."),
    ),
)


def meaning(kind: ResponseClass, words: str) -> Meaning:
    """What a refusal means: the note on its own code or words, or else that of its class."""
    lowered = words.lower()
    codes = _ENHANCED.findall(words[:_MOST_WORDS])
    for mark, found in OF_WORDS:
        if mark in codes or (not mark[0].isdigit() and mark in lowered):
            return found
    return OF_CLASS[kind]
