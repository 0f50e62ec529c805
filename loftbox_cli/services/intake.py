"""From an accepted mail to a message in each mailbox, its thread, its event."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from loftbox_cli.core import tag
from loftbox_cli.core.automation import recognise
from loftbox_cli.core.errors import LeaseLost, NotFound
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.inbound_event import arrived
from loftbox_cli.core.mail_report import ReportKind
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.reading import Automation, Reading
from loftbox_cli.core.thread import Thread, ThreadState
from loftbox_cli.services import bounces, matching, participants
from loftbox_cli.services.matching import Match, address_of, addresses, match
from loftbox_cli.services.participants import Part
from loftbox_cli.services.recipients import find_recipient
from loftbox_cli.services.story import tell, tell_of_message
from loftbox_cli.services.tx import Accepted, ArrivalState, Tx

LEASE = timedelta(minutes=2)
MOST_DEATHS = 3


def waits(tx: Tx, *, busy: Collection[str] = (), now: datetime) -> bool:
    """Whether there is accepted mail that nobody reads."""
    return bool(_unread(tx, 1, busy, now))


def claim(tx: Tx, limit: int, *, busy: Collection[str] = (), now: datetime) -> list[Accepted]:
    """Take accepted mail under a lease.

    `busy` names what the caller has in hand: behind slow mail its turn may come after
    its lease, and taking it again would waste the reading that is still to come.
    """
    claimed = [
        replace(accepted, lease_until=now + LEASE, fence=accepted.fence + 1)
        for accepted in _unread(tx, limit, busy, now)
    ]
    for accepted in claimed:
        tx.arrivals.save(accepted)
    return claimed


def _unread(tx: Tx, limit: int, busy: Collection[str], now: datetime) -> list[Accepted]:
    due = tx.due.arrivals(now, limit + len(busy))
    return [accepted for accepted in due if accepted.request_id not in busy][:limit]


def raw(tx: Tx, accepted: Accepted) -> bytes:
    """The bytes of an accepted mail; changes nothing."""
    return tx.raw(accepted.blob)


def void_leases(tx: Tx) -> int:
    """At a start nobody reads anything: what was being read is read again."""
    leased = tx.due.being_read()
    for accepted in leased:
        tx.arrivals.save(replace(accepted, lease_until=None))
    return len(leased)


def died(tx: Tx, request_id: RequestId, fence: int, *, now: datetime) -> Accepted:
    """Count a reader that died of this mail; after the third the mail is set aside, with an event."""
    accepted = replace(_held(tx, request_id, fence), lease_until=None)
    accepted = replace(accepted, deaths=accepted.deaths + 1)
    if accepted.deaths >= MOST_DEATHS:
        accepted = replace(accepted, state=ArrivalState.SET_ASIDE)
        tell(
            tx,
            EventType.MESSAGE_SET_ASIDE,
            request_id,
            now,
            {"blob": accepted.blob, "recipients": list(accepted.rcpt_to), "deaths": accepted.deaths},
        )
    tx.arrivals.save(accepted)
    return accepted


def file(
    tx: Tx, request_id: RequestId, fence: int, reading: Reading, *, tag_secret: bytes, now: datetime
) -> list[Message]:
    """Make the messages of one mail: one for each mailbox, each showing only its own recipients."""
    accepted = _held(tx, request_id, fence)
    messages = [
        _file_one(tx, accepted, mailbox, recipients, reading, tag_secret, now)
        for mailbox, recipients in _by_mailbox(tx, accepted, tag_secret)
    ]
    tx.arrivals.save(replace(accepted, state=ArrivalState.READ, lease_until=None))
    return messages


def _held(tx: Tx, request_id: RequestId, fence: int) -> Accepted:
    accepted = tx.arrivals.get(request_id)
    if accepted.fence != fence or accepted.state is not ArrivalState.ACCEPTED:
        raise LeaseLost(f"mail {request_id} was taken over by another worker")
    return accepted


def _by_mailbox(tx: Tx, accepted: Accepted, tag_secret: bytes) -> list[tuple[Mailbox, tuple[str, ...]]]:
    """Who gets it. A mailbox that went away since the 250 leaves its mail to the operator."""
    found: dict[MailboxId, tuple[Mailbox, list[str]]] = {}
    for recipient in accepted.rcpt_to:
        try:
            mailbox = find_recipient(tx, recipient, tag_secret=tag_secret)
        except NotFound:
            mailbox = find_recipient(tx, "postmaster", tag_secret=tag_secret)
        found.setdefault(mailbox.id, (mailbox, []))[1].append(recipient)
    return [(mailbox, tuple(recipients)) for mailbox, recipients in found.values()]


def _file_one(
    tx: Tx,
    accepted: Accepted,
    mailbox: Mailbox,
    recipients: tuple[str, ...],
    reading: Reading,
    tag_secret: bytes,
    now: datetime,
) -> Message:
    found = match(tx, mailbox, recipients, reading, tag_secret=tag_secret, now=now)
    ours = [domain.name for domain in tx.domains.all()]
    recognised = recognise(
        reading.headers,
        subject=reading.subject,
        null_sender=not accepted.mail_from,
        own=ours,
        report=reading.report.kind if reading.report else ReportKind.NONE,
    )
    message_id = MessageId(tx.mint("msg"))
    relation = _relation(tx, mailbox, reading, found.parent)
    message = Message(
        id=message_id,
        direction=Direction.INBOUND,
        mailbox_id=mailbox.id,
        thread_id=_thread(tx, mailbox, found, reading, recognised.automation, now),
        request_id=accepted.request_id,
        state=MessageState.RECEIVED,
        rfc_message_id=reading.message_id,
        in_reply_to=reading.in_reply_to,
        references=reading.references,
        mail_from=accepted.mail_from,
        rcpt_to=recipients,
        from_=reading.from_,
        to=reading.to,
        cc=reading.cc,
        bcc=(),
        headers=(),
        subject=reading.subject,
        text=reading.text,
        html=reading.html,
        reply_text=reading.reply_text,
        reply_html=reading.reply_html,
        quoted_text=reading.quoted_text,
        attachments=reading.attachments,
        automation=recognised.automation,
        automation_evidence=recognised.evidence,
        report_kind=reading.report.kind if reading.report else ReportKind.NONE,
        reported=reading.report.recipients if reading.report else (),
        reply_to=reading.reply_to,
        hidden_text_chars=reading.hidden_text_chars,
        invisible_chars=reading.invisible_chars,
        relation=relation,
        matched_by=found.by,
        defects=reading.defects,
        metadata={},
        labels=(),
        blob=accepted.blob,
        size=accepted.size,
        trace=accepted.trace,
        content_sha256="",
        revision=1,
        submitted_by="",
        auto_submitted="",
        reasons=(),
        created_at=now,
        released_at=None,
    )
    tx.messages.add(message)
    bounces.come_back(tx, message, reading.report, tag_secret=tag_secret, now=now)
    matching.remember(tx, mailbox, message.thread_id, found.missing)
    participants.settle_turn(tx, message.thread_id)
    participants.take_part(tx, message, _parts(reading, tag_secret))
    tell_of_message(tx, _kind(message), message, now, arrived(message))
    return message


def _thread(
    tx: Tx, mailbox: Mailbox, found: Match, reading: Reading, automation: Automation, now: datetime
) -> ThreadId:
    if found.thread is not None:
        # A closed conversation in which somebody writes is open again.
        closed = found.thread.state is ThreadState.CLOSED and automation is Automation.NONE
        state = ThreadState.OPEN if closed else found.thread.state
        tx.threads.save(replace(found.thread, state=state, last_at=now))
        return found.thread.id
    thread = Thread(ThreadId(tx.mint("thread")), mailbox.id, reading.subject, ThreadState.OPEN, now, now)
    tx.threads.add(thread)
    return thread.id


def _relation(tx: Tx, mailbox: Mailbox, reading: Reading, parent: Message | None) -> Relation:
    """Who merely quotes a Message-ID of ours is a stranger: an answer comes from somebody we wrote to."""
    senders = addresses(reading.from_)
    if parent is not None and parent.direction is Direction.OUTBOUND:
        asked = addresses((*parent.to, *parent.cc, *parent.bcc))
        if senders and senders <= asked:
            return Relation.REPLY_TO_OURS
    if senders and all(_is_known(tx, mailbox, each) for each in senders):
        return Relation.KNOWN_CORRESPONDENT
    return Relation.FIRST_CONTACT


def _is_known(tx: Tx, mailbox: Mailbox, address: str) -> bool:
    return tx.participants.find(mailbox_id=mailbox.id, address=address, known=True) is not None


def _parts(reading: Reading, tag_secret: bytes) -> Iterator[Part]:
    """Who wrote is known from then on; who is only named is not. A return path of ours is nobody."""
    for parties, known in ((reading.from_, True), ((*reading.to, *reading.cc), False)):
        for party in parties:
            address = address_of(party)
            if address and not tag.read_return_path(address.partition("@")[0], tag_secret):
                yield Part(address, party.name, known)


def _kind(message: Message) -> EventType:
    if message.automation is Automation.AUTO_REPLIED:
        return EventType.MESSAGE_AUTO_REPLY_RECEIVED
    if message.relation is Relation.REPLY_TO_OURS:
        return EventType.MESSAGE_REPLY_RECEIVED
    return EventType.MESSAGE_RECEIVED
