"""Which thread a mail belongs to.

The strongest evidence wins: a return path or Message-ID that we signed, then
In-Reply-To, then References from the newest to the oldest (RFC 5322 section 3.6.4),
then the signed tag of a subaddress. Where nothing named is there, messages that name
the same missing one meet in one thread, and the missing one joins them when it comes.
The subject counts only where the mailbox asks for it, among people known in the
thread, for a week, and for a mail that names nothing.

Threads are never merged. A late mail may show that two were one all along; it joins
one of them, and each names the other as related. An id stays what it was, and no
stranger can weld two conversations together by naming both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from loftbox_cli.core import tag, threading
from loftbox_cli.core.address import comparable, parse_address, split_subaddress
from loftbox_cli.core.errors import BadAddress
from loftbox_cli.core.ids import ThreadId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import Party, Reading
from loftbox_cli.core.thread import MatchedBy, Mention, Thread, ThreadState
from loftbox_cli.services.archive import Borne
from loftbox_cli.services.tx import Tx

SUBJECT_COUNTS_FOR = timedelta(days=7)
MOST_CANDIDATES = 20
MOST_MENTIONS = 20  # of one mail


@dataclass(frozen=True, slots=True)
class Match:
    """The thread of a mail, if there is one, the message that it answers, if we have it, and the evidence."""

    thread: Thread | None
    parent: Message | None
    by: MatchedBy
    missing: tuple[str, ...] = ()


def match(
    tx: Tx,
    mailbox: Mailbox,
    recipients: Sequence[str],
    reading: Reading,
    *,
    tag_secret: bytes,
    now: datetime,
) -> Match:
    """Find the thread of a mail in this mailbox; `missing` is what it names and we do not have."""
    named = threading.ancestors(reading.in_reply_to, reading.references)
    ids = (*named, reading.message_id) if reading.message_id else named
    borne = tx.archive.borne(mailbox.id, ids) if ids else {}
    mentioned = tx.archive.mentioned(mailbox.id, ids) if ids else {}
    missing = tuple(each for each in named if each not in borne)
    found = (
        _signed(tx, mailbox, recipients, named, tag_secret)
        or _stored(tx, reading, named, borne)
        or _also_missed(tx, reading, missing, mentioned)
        or _addressed(tx, mailbox, recipients, tag_secret)
        or _sent_before(tx, reading, borne)
        or _awaited(tx, reading, mentioned)
        or _alike(tx, mailbox, reading, named, now)
        or Match(None, None, MatchedBy.NOTHING)
    )
    return Match(found.thread, found.parent, found.by, missing)


def remember(tx: Tx, mailbox: Mailbox, thread_id: ThreadId, missing: Sequence[str]) -> None:
    """Note what a mail named and was not there: of a long list the newest, and the root of the thread."""
    if not missing:
        return
    kept = missing if len(missing) <= MOST_MENTIONS else (*missing[: MOST_MENTIONS - 1], missing[-1])
    for each in kept:
        if tx.mentions.find(mailbox_id=mailbox.id, rfc_message_id=each, thread_id=thread_id) is None:
            tx.mentions.add(Mention(mailbox.id, each, thread_id))


def addresses(parties: Sequence[Party]) -> frozenset[str]:
    """The addresses as keys, without what a stranger wrote and is none."""
    return frozenset(filter(None, map(address_of, parties)))


def address_of(party: Party) -> str:
    """The address as a key, "" for what a stranger wrote and is none."""
    try:
        return comparable(parse_address(party.address))
    except BadAddress:
        return ""


def _signed(
    tx: Tx, mailbox: Mailbox, recipients: Sequence[str], named: Sequence[str], tag_secret: bytes
) -> Match | None:
    """A name of ours whose signature holds. A forged one is not looked at here."""
    paths = (tag.read_return_path(each.partition("@")[0], tag_secret) for each in recipients)
    ids = (tag.read_rfc_message_id(each, tag_secret) for each in named)
    for by, candidates in ((MatchedBy.RETURN_PATH, paths), (MatchedBy.OWN_MESSAGE_ID, ids)):
        for candidate in filter(None, candidates):
            message = tx.messages.find(id=candidate, mailbox_id=mailbox.id)
            if message is not None:
                return Match(tx.threads.get(message.thread_id), message, by)
    return None


def _stored(tx: Tx, reading: Reading, named: Sequence[str], borne: dict[str, Borne]) -> Match | None:
    for each in named:
        if each in borne:
            message = tx.messages.get(borne[each].message_id)
            return Match(tx.threads.get(message.thread_id), message, _field(reading, each))
    return None


def _also_missed(
    tx: Tx, reading: Reading, missing: Sequence[str], mentioned: dict[str, ThreadId]
) -> Match | None:
    for each in missing:
        if each in mentioned:
            return Match(tx.threads.get(mentioned[each]), None, _field(reading, each))
    return None


def _field(reading: Reading, rfc_message_id: str) -> MatchedBy:
    return MatchedBy.IN_REPLY_TO if rfc_message_id in reading.in_reply_to else MatchedBy.REFERENCES


def _addressed(tx: Tx, mailbox: Mailbox, recipients: Sequence[str], tag_secret: bytes) -> Match | None:
    for recipient in recipients:
        _, subaddress = split_subaddress(recipient.rpartition("@")[0])
        thread_id = tag.read_thread_tag(subaddress, tag_secret)
        thread = tx.threads.find(id=thread_id, mailbox_id=mailbox.id) if thread_id else None
        if thread is not None:
            return Match(thread, None, MatchedBy.SUBADDRESS)
    return None


def _sent_before(tx: Tx, reading: Reading, borne: dict[str, Borne]) -> Match | None:
    """One id twice: a copy by another way, or a broken program. Of another sender it says nothing."""
    if reading.message_id not in borne:
        return None
    earlier = tx.messages.get(borne[reading.message_id].message_id)
    senders = addresses(reading.from_)
    if not senders or senders != addresses(earlier.from_):
        return None
    return Match(tx.threads.get(earlier.thread_id), None, MatchedBy.MESSAGE_ID)


def _awaited(tx: Tx, reading: Reading, mentioned: dict[str, ThreadId]) -> Match | None:
    if reading.message_id not in mentioned:
        return None
    return Match(tx.threads.get(mentioned[reading.message_id]), None, MatchedBy.LATE_PARENT)


def _alike(tx: Tx, mailbox: Mailbox, reading: Reading, named: Sequence[str], now: datetime) -> Match | None:
    base = threading.base_subject(reading.subject).casefold()
    senders = sorted(addresses(reading.from_))
    if not mailbox.match_subject or named or not base or not senders:
        return None
    since = now - SUBJECT_COUNTS_FOR
    for thread in tx.archive.threads_with(mailbox.id, senders[0], since, MOST_CANDIDATES):
        if (
            thread.state is not ThreadState.CLOSED
            and threading.base_subject(thread.subject).casefold() == base
            and all(_is_known(tx, thread, each) for each in senders)
        ):
            return Match(thread, None, MatchedBy.SUBJECT)
    return None


def _is_known(tx: Tx, thread: Thread, address: str) -> bool:
    return tx.participants.find(thread_id=thread.id, address=address, known=True) is not None
