"""Editing a message that waits for a person: another revision, with other bytes and a diff.

An edit changes what is sent, never who sends it or under which Message-ID. Whoever
agreed to the former bytes is asked again. An approver's edit and yes are one act: both
are said to the same revision, in one transaction, and the gate judges the edited bytes.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from loftbox_cli.core import compose
from loftbox_cli.core.actor import Actor
from loftbox_cli.core.approval import Approval
from loftbox_cli.core.canonical import JSON
from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.draft import File, check
from loftbox_cli.core.errors import Conflict
from loftbox_cli.core.events import EventType
from loftbox_cli.core.header import check_text
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.message import Message, MessageState
from loftbox_cli.core.policy import sample
from loftbox_cli.core.revision import Changes, Revision, changed, difference, draft_of
from loftbox_cli.services import approvals
from loftbox_cli.services.approvals import Decided
from loftbox_cli.services.identities import names_of
from loftbox_cli.services.in_force import policies_for
from loftbox_cli.services.judging import decide
from loftbox_cli.services.story import tell_of_message
from loftbox_cli.services.tx import Tx

LONGEST_REASON = 1_000

# Finds in raw mail the content of the file with this SHA-256.
FileOf = Callable[[bytes, str], bytes]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is edited: the message as it stands, and its bytes."""

    message: Message
    raw: bytes


@dataclass(frozen=True, slots=True)
class Edited:
    """The message after an edit, composed and hashed; `based_on` is the revision that was edited."""

    message: Message
    based_on: int
    raw: bytes
    changed: tuple[str, ...]
    diff: tuple[str, ...]


def grounds(tx: Tx, approval_id: str, *, revision: int) -> Grounds:
    """Read what is to be edited; raises NotFound, and StaleRevision for who read another revision."""
    approval = tx.approvals.get(approval_id)
    approval.check_revision(revision)
    message = tx.messages.get(approval.message_id)
    return Grounds(message, tx.raw(message.blob))


def prepare(on: Grounds, changes: Changes, *, file_of: FileOf, tag_secret: bytes) -> Edited:
    """Compose the edited message; raises BadInput that names the field, or that nothing is changed."""
    before = draft_of(on.message, _files(on, file_of))
    wanted, names = changed(before, changes)
    draft = check(wanted)
    raw = compose.compose(
        draft,
        from_=on.message.from_[0],
        message_id=on.message.rfc_message_id,
        in_reply_to=on.message.in_reply_to[0] if on.message.in_reply_to else "",
        references=on.message.references,
    )
    message = replace(
        on.message,
        to=draft.to,
        cc=draft.cc,
        bcc=draft.bcc,
        rcpt_to=draft.recipients,
        subject=draft.subject,
        text=draft.text,
        html=draft.html,
        attachments=tuple(
            replace(each, part=place)
            for each, place in zip(on.message.attachments, compose.places(draft), strict=True)
        ),
        blob=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        content_sha256=compose.content_sha256(on.message.mail_from, draft.recipients, raw),
        revision=on.message.revision + 1,
        sample=sample.draw(tag_secret, on.message.mailbox_id, draft),
    )
    return Edited(message, on.message.revision, raw, names, difference(before, draft))


def _files(on: Grounds, file_of: FileOf) -> tuple[File, ...]:
    return tuple(
        File(each.filename, each.content_type, file_of(on.raw, each.sha256), each.content_id)
        for each in on.message.attachments
    )


def edit(
    tx: Tx,
    approval_id: str,
    edited: Edited,
    *,
    by: Actor,
    revision: int,
    approve: bool,
    why: str,
    request_id: RequestId,
    now: datetime,
) -> Decided:
    """Put the edited message in the place of what waits, and with `approve` say yes to it as well.

    Raises what a decision raises: OwnSubmission, StaleRevision and AlreadyDecided; Conflict for
    a message of which some recipients may have the former bytes already.
    """
    check_text(why, field="why", limit=LONGEST_REASON)
    approval = tx.approvals.get(approval_id)
    approval.check(by, revision=revision, now=now, also=names_of(tx, by))
    message = tx.messages.get(approval.message_id)
    if message.state is not MessageState.HELD or edited.based_on != message.revision:
        raise Conflict(
            f"message {message.id} left the gate before, and its recipients are to get the same bytes",
            fix=f"approve or reject what still waits: loftbox approvals show {approval_id}",
        )
    after = replace(edited.message, reasons=message.reasons)
    tx.keep(edited.raw, after.blob)
    tx.messages.save(after)
    made = Revision(
        message_id=message.id,
        number=after.revision,
        replaced=message.blob,
        content_sha256=after.content_sha256,
        changed=edited.changed,
        diff=edited.diff,
        by=by.id,
        via=by.via.value,
        why=why,
        at=now,
    )
    tx.revisions.add(made)
    revised = _revised(tx, approval, after, now)
    tx.approvals.save(revised)
    _tell(tx, revised, made, after, request_id, now)
    if not approve:
        return Decided(revised, after, revisions=approvals.revisions(tx, revised))
    return approvals.approve(
        tx, approval_id, by=by, revision=revised.revision, why=why, request_id=request_id, now=now
    )


def _revised(tx: Tx, approval: Approval, after: Message, now: datetime) -> Approval:
    """The question about the edited bytes: what the gate would hold them for, else what it held before.

    An edit alone lets nothing go: what no rule holds any more still waits for the yes. What
    is blocked at this moment is asked about all the same, for the block may be gone by then.
    """
    decision = decide(tx, after, policies_for(tx, tx.mailboxes.get(after.mailbox_id)), now)
    held = Decision(Answer.HOLD, decision.rules)
    if not held.decisive:
        return approval.revise(after.content_sha256, approval.rules, approval.approvers)
    approvers = max(rule.approvers for rule in held.decisive)
    return approval.revise(after.content_sha256, held.hits, approvers)


def _tell(
    tx: Tx, approval: Approval, made: Revision, after: Message, request_id: RequestId, now: datetime
) -> None:
    data: dict[str, JSON] = {
        "approval_id": approval.id,
        "revision": approval.revision,
        "content_sha256": approval.content_sha256,
        "recipients": list(after.rcpt_to),
        "subject": after.subject,
        "changed": list(made.changed),
        "diff": list(made.diff),
        "by": made.by,
        "via": made.via,
        "why": made.why,
    }
    tell_of_message(tx, EventType.APPROVAL_REVISED, after, now, data, request_id=request_id)
