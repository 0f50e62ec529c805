"""Notices: mail from the gateway itself to the persons who are asked.

They are a class of their own: fixed words, recipients from the list of persons, the null
sender, so that nothing answers or bounces them, and one built-in rule instead of
policies. They lie in the operator's mailbox, pass the same gate and wait in the same
queue as all mail. No agent's mailbox ever gets one.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core import compose, notice, tag
from loftbox_cli.core.actor import DAEMON, Actor, Kind, Via
from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.draft import Draft
from loftbox_cli.core.ids import ApprovalId, MessageId, PersonId, RequestId, ThreadId
from loftbox_cli.core.link import Link, NewLink
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.page import Page
from loftbox_cli.core.person import Person
from loftbox_cli.core.reading import Automation, Party
from loftbox_cli.core.revision import draft_of
from loftbox_cli.core.thread import Thread, ThreadState
from loftbox_cli.services import gate
from loftbox_cli.services.identities import names_of
from loftbox_cli.services.judging import domain_of, read_by_agent
from loftbox_cli.services.tx import OPERATOR_FACT, Tx

AT_ONCE = 20  # questions of which one transaction tells
FROM = "LoftBox"


@dataclass(frozen=True, slots=True)
class Told:
    """A question of which persons were told, and the notices that do it."""

    approval: Approval
    notices: tuple[Message, ...]


def due(tx: Tx, *, now: datetime) -> bool:
    """Whether there is a question of which nobody was told, and a domain that may write of it."""
    return any(_sending_domain(tx, each, now) is not None for each in _untold(tx))


def _untold(tx: Tx) -> tuple[Approval, ...]:
    page = Page(AT_ONCE, newest_first=False)
    return tx.approvals.page(page, state=ApprovalState.PENDING, noticed=False).items


def write(tx: Tx, *, tag_secret: bytes, now: datetime) -> list[Told]:
    """Write to every person who may answer, once for each revision of each question."""
    told = []
    for approval in _untold(tx):
        domain = _sending_domain(tx, approval, now)
        if domain is None:
            continue
        tx.approvals.save(approval.told_of())
        sent = tuple(_send(tx, approval, person, domain, tag_secret, now) for person in _asked(tx, approval))
        told.append(Told(approval, sent))
    return told


def _asked(tx: Tx, approval: Approval) -> Iterator[Person]:
    submitter = Actor(Kind.PERSON, approval.submitted_by, "", Via.CLI)
    names = names_of(tx, submitter)
    for person in tx.persons.all():
        if person.names.isdisjoint(names) and not read_by_agent(tx, person.address):
            yield person


def _sending_domain(tx: Tx, approval: Approval, now: datetime) -> Domain | None:
    """The domain of the message, or another of ours while that one may not send."""
    own = domain_of(tx, tx.mailboxes.get(approval.mailbox_id))
    return next((each for each in (own, *tx.domains.all()) if each.may_send(now)), None)


def _send(
    tx: Tx, approval: Approval, person: Person, domain: Domain, tag_secret: bytes, now: datetime
) -> Message:
    about = tx.messages.get(approval.message_id)
    message_id = MessageId(tx.mint("msg"))
    draft = Draft(
        to=(Party(person.address, person.name if "@" not in person.name else ""),),
        subject=notice.subject(approval),
        text=notice.text(
            approval, about, person=person.name, mailbox=tx.mailboxes.get(about.mailbox_id).address
        ),
        metadata=(
            (notice.APPROVAL, approval.id),
            (notice.REVISION, str(approval.revision)),
            (notice.PERSON, person.id),
        ),
    )
    from_ = Party(f"postmaster@{domain.name}", FROM)
    rfc_message_id = tag.rfc_message_id(message_id, domain.name, tag_secret)
    raw = compose.compose(draft, from_=from_, message_id=rfc_message_id)
    thread = _thread(tx, draft, now)
    message = Message(
        id=message_id,
        direction=Direction.OUTBOUND,
        mailbox_id=thread.mailbox_id,
        thread_id=thread.id,
        request_id=about.request_id,
        state=MessageState.HELD,
        rfc_message_id=rfc_message_id,
        in_reply_to=(),
        references=(),
        mail_from="",  # RFC 5321 section 4.5.5: nothing answers or bounces it
        rcpt_to=(person.address,),
        from_=(from_,),
        to=draft.to,
        cc=(),
        bcc=(),
        headers=(),
        subject=draft.subject,
        text=draft.text,
        html="",
        reply_text="",
        reply_html="",
        quoted_text="",
        attachments=(),
        automation=Automation.OWN,
        relation=Relation.NOT_INBOUND,
        defects=(),
        metadata=dict(draft.metadata),
        labels=(),
        blob=tx.keep(raw, hashlib.sha256(raw).hexdigest()),
        size=len(raw),
        trace="",
        content_sha256=compose.content_sha256("", (person.address,), raw),
        revision=1,
        submitted_by=DAEMON.id,
        auto_submitted="",
        reasons=(),
        created_at=now,
        released_at=None,
    )
    request_id = RequestId(about.request_id)
    return gate.pass_through(tx, message, answered=None, request_id=request_id, now=now).message


def _thread(tx: Tx, draft: Draft, now: datetime) -> Thread:
    operator = tx.mailboxes.get(tx.facts.get(OPERATOR_FACT).value)
    thread = Thread(
        id=ThreadId(tx.mint("thread")),
        mailbox_id=operator.id,
        subject=draft.subject,
        state=ThreadState.OPEN,
        created_at=now,
        last_at=now,
    )
    tx.threads.add(thread)
    return thread


def is_notice(message: Message) -> bool:
    """Whether a message is one of ours, which learns how to answer when it leaves."""
    return message.submitted_by == DAEMON.id and notice.APPROVAL in message.metadata


def as_it_leaves(message: Message, link: NewLink | None, public_url: str) -> bytes:
    """The bytes of a notice with the way to answer, which are stored nowhere."""
    command = f"loftbox approvals show {message.metadata[notice.APPROVAL]}"
    answer = notice.by_link(link, public_url, command) if link else notice.by_command(command)
    told = draft_of(message, ())
    whole = Draft(to=told.to, subject=told.subject, text=notice.with_answer(told.text, answer))
    return compose.compose(whole, from_=message.from_[0], message_id=message.rfc_message_id)


def keep_link(tx: Tx, message: Message, link: NewLink, *, now: datetime) -> Link:
    """Remember the link of a notice that is about to leave; each attempt has its own."""
    kept = link.stored(
        ApprovalId(message.metadata[notice.APPROVAL]),
        int(message.metadata[notice.REVISION]),
        PersonId(message.metadata[notice.PERSON]),
        now,
    )
    tx.links.add(kept)
    return kept
