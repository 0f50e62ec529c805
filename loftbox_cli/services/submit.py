"""The one verb that takes a message from an agent.

`prepare` does what is slow (check, compose, hash) outside the transaction; `send`
does facts, gate and inserts inside one.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core import compose, tag, threading
from loftbox_cli.core.actor import Actor, Kind
from loftbox_cli.core.draft import Draft, check
from loftbox_cli.core.errors import NotFound
from loftbox_cli.core.ids import MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.mailbox import Mailbox
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.policy import sample
from loftbox_cli.core.policy.explain import Explanation
from loftbox_cli.core.reading import Attachment, Automation, HeaderField, Party
from loftbox_cli.core.timing import AT_ONCE, Timing
from loftbox_cli.services import gate, participants
from loftbox_cli.services.in_force import policies_for
from loftbox_cli.services.judging import domain_of, look_into
from loftbox_cli.services.recipients import find_mailbox
from loftbox_cli.services.tx import Tx, Viewer

NO_THREAD = ThreadId("")
_DRAWN = frozenset({"sample.draw"})


@dataclass(frozen=True, slots=True)
class Grounds:
    """What composing needs of the store: who sends, and what is being answered or handed on."""

    mailbox: Mailbox
    domain: str
    parent: Message | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that is ready for the gate: checked, composed and hashed."""

    id: MessageId
    mailbox_id: MailboxId
    thread_id: ThreadId | None
    draft: Draft
    from_: Party
    rfc_message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    mail_from: str
    rcpt_to: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    raw: bytes
    blob: str
    content_sha256: str
    sample: int
    timing: Timing


def grounds(tx: Tx, mailbox: str, draft: Draft, viewer: Viewer) -> Grounds:
    """Look up the mailbox (by id or address) and the message that is taken up; foreign ones are NotFound."""
    found = find_mailbox(tx, mailbox, viewer)
    domain = domain_of(tx, found)
    taken_up = draft.in_reply_to or draft.forwards
    if not taken_up:
        return Grounds(found, domain.name, None)
    parent = tx.messages.find(id=taken_up, mailbox_id=found.id)
    if parent is None:
        raise NotFound(
            f"mailbox {found.address} has no message {taken_up}",
            fix="answer a message of that mailbox: loftbox message list",
            field="in_reply_to",
        )
    return Grounds(found, domain.name, parent)


def prepare(
    draft: Draft,
    on: Grounds,
    *,
    message_id: MessageId,
    tag_secret: bytes,
    timing: Timing = AT_ONCE,
) -> Prepared:
    """Check a draft and compose its bytes; raises BadInput that names the field."""
    draft = check(draft)
    rfc_message_id = tag.rfc_message_id(message_id, on.domain, tag_secret)
    references: tuple[str, ...] = ()
    if on.parent is not None:
        references = threading.references_for_reply(
            on.parent.rfc_message_id, on.parent.references, on.parent.in_reply_to
        )
    answers = on.parent is not None and draft.in_reply_to
    in_reply_to = (on.parent.rfc_message_id,) if on.parent and answers and on.parent.rfc_message_id else ()
    from_ = Party(on.mailbox.address, on.mailbox.display_name)
    raw = compose.compose(
        draft,
        from_=from_,
        message_id=rfc_message_id,
        in_reply_to=in_reply_to[0] if in_reply_to else "",
        references=references,
    )
    mail_from = tag.return_path(message_id, on.domain, tag_secret)
    rcpt_to = draft.recipients
    return Prepared(
        id=message_id,
        mailbox_id=on.mailbox.id,
        thread_id=on.parent.thread_id if on.parent else None,
        draft=draft,
        from_=from_,
        rfc_message_id=rfc_message_id,
        in_reply_to=in_reply_to,
        references=references,
        mail_from=mail_from,
        rcpt_to=rcpt_to,
        attachments=tuple(
            Attachment(
                part=part,
                filename=file.filename,
                content_type=file.content_type,
                size=len(file.content),
                sha256=_digest(file.content),
                inline=bool(file.content_id),
                content_id=file.content_id,
            )
            for part, file in zip(compose.places(draft), draft.attachments, strict=True)
        ),
        raw=raw,
        blob=_digest(raw),
        content_sha256=compose.content_sha256(mail_from, rcpt_to, raw),
        sample=sample.draw(tag_secret, on.mailbox.id, draft),
        timing=timing,
    )


def _digest(octets: bytes) -> str:
    return hashlib.sha256(octets).hexdigest()


def send(tx: Tx, prepared: Prepared, *, by: Actor, request_id: RequestId, now: datetime) -> gate.Passed:
    """Store a prepared message and take it to the gate: held, blocked, scheduled or queued."""
    if prepared.thread_id is not None:
        tx.threads.save(replace(tx.threads.get(prepared.thread_id), last_at=now))
    message = _message(prepared, by, request_id, now)
    tx.keep(prepared.raw, prepared.blob)
    passed = gate.pass_through(tx, message, answered=None, request_id=request_id, now=now)
    participants.take_part_in_ours(tx, passed.message, begins=prepared.thread_id is None)
    return passed


def weigh(tx: Tx, prepared: Prepared, *, by: Actor, request_id: RequestId, now: datetime) -> Explanation:
    """Say what the gate would answer now, and why; nothing is stored and nothing is sent.

    An agent is not told what was drawn: it could word its message anew until nobody is to see it.
    """
    message = _message(prepared, by, request_id, now)
    policies = policies_for(tx, tx.mailboxes.get(message.mailbox_id))
    return look_into(tx, message, policies, now, untold=_DRAWN if by.kind is Kind.AGENT else frozenset())


def _message(prepared: Prepared, by: Actor, request_id: RequestId, now: datetime) -> Message:
    return Message(
        id=prepared.id,
        direction=Direction.OUTBOUND,
        mailbox_id=prepared.mailbox_id,
        thread_id=prepared.thread_id or NO_THREAD,
        request_id=request_id,
        state=MessageState.HELD,
        rfc_message_id=prepared.rfc_message_id,
        in_reply_to=prepared.in_reply_to,
        references=prepared.references,
        mail_from=prepared.mail_from,
        rcpt_to=prepared.rcpt_to,
        from_=(prepared.from_,),
        to=prepared.draft.to,
        cc=prepared.draft.cc,
        bcc=prepared.draft.bcc,
        headers=tuple(HeaderField(name, value) for name, value in prepared.draft.headers),
        subject=prepared.draft.subject,
        text=prepared.draft.text,
        html=prepared.draft.html,
        reply_text="",
        reply_html="",
        quoted_text="",
        attachments=prepared.attachments,
        automation=Automation.OWN,
        relation=Relation.NOT_INBOUND,
        defects=(),
        metadata=dict(prepared.draft.metadata),
        labels=prepared.draft.labels,
        blob=prepared.blob,
        size=len(prepared.raw),
        trace="",
        content_sha256=prepared.content_sha256,
        revision=1,
        submitted_by=by.id,
        auto_submitted="",
        reasons=(),
        created_at=now,
        released_at=None,
        context=dict(prepared.draft.context),
        sample=prepared.sample,
        scheduled_at=prepared.timing.scheduled_at,
        expires_at=prepared.timing.expires_at,
    )
