"""How an approval is shown: everything that the person's answer will be bound to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.approval import Approval, ApprovalState
from loftbox_cli.core.decision import RuleHit
from loftbox_cli.core.ids import ApprovalId, MailboxId, MessageId, ThreadId
from loftbox_cli.core.message import Message
from loftbox_cli.core.reading import HeaderField
from loftbox_cli.core.revision import Revision
from loftbox_cli.core.views.message import AttachmentView, PartyView, attachment_views, party_views


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldByView:
    """A rule that held: in which version of which policy, and for whom, where not for all."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("policy_name", "rule", "reason", "detail", "recipients")

    policy: str
    policy_name: str
    version: int
    rule: str
    reason: str
    detail: str
    recipients: tuple[str, ...]


def _held_by_view(hit: RuleHit) -> HeldByView:
    return HeldByView(
        policy=hit.policy,
        policy_name=hit.policy_name,
        version=hit.version,
        rule=hit.name,
        reason=hit.reason,
        detail=hit.detail,
        recipients=hit.recipients,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionView:
    """An edit: who made it, what it changed, and the lines of the difference."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("number", "at", "by", "via", "changed", "why")

    number: int
    at: datetime
    by: str
    via: str
    why: str
    changed: tuple[str, ...]
    diff: tuple[str, ...]


def _revision_view(revision: Revision) -> RevisionView:
    return RevisionView(
        number=revision.number,
        at=revision.at,
        by=revision.by,
        via=revision.via,
        why=revision.why,
        changed=revision.changed,
        diff=revision.diff,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """A question to a person. `rcpt_to` is the whole envelope, Bcc included, and `recipients` its length.

    A decision names `revision`: what `content_sha256` is the hash of. `rules` are those that
    held; `approvers` different persons have to say yes, of whom `agreed` did. `revisions` are the
    edits since the message was submitted.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "state",
        "revision",
        "from_",
        "rcpt_to",
        "subject",
        "expires_at",
        "decided_by",
    )

    id: ApprovalId
    object: Literal["approval"] = "approval"
    state: ApprovalState
    reasons: tuple[str, ...]
    rules: tuple[HeldByView, ...]
    approvers: int
    agreed: tuple[str, ...]
    revision: int
    content_sha256: str
    message_id: MessageId
    thread_id: ThreadId
    mailbox_id: MailboxId
    submitted_by: str
    mail_from: str
    rcpt_to: tuple[str, ...]
    recipients: int
    from_: tuple[PartyView, ...]
    to: tuple[PartyView, ...]
    cc: tuple[PartyView, ...]
    bcc: tuple[PartyView, ...]
    headers: tuple[HeaderField, ...]
    subject: str
    text: str
    html: str
    attachments: tuple[AttachmentView, ...]
    requested_at: datetime
    expires_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    via: str | None
    why: str
    revisions: tuple[RevisionView, ...]


def approval_view(approval: Approval, message: Message, revisions: Sequence[Revision] = ()) -> ApprovalView:
    """Show an approval with the message that it is about."""
    return ApprovalView(
        id=approval.id,
        state=approval.state,
        reasons=approval.reasons,
        rules=tuple(map(_held_by_view, approval.rules)),
        approvers=approval.approvers,
        agreed=approval.agreed,
        revision=approval.revision,
        content_sha256=approval.content_sha256,
        message_id=message.id,
        thread_id=message.thread_id,
        mailbox_id=message.mailbox_id,
        submitted_by=approval.submitted_by,
        mail_from=message.mail_from,
        rcpt_to=message.rcpt_to,
        recipients=len(message.rcpt_to),
        from_=party_views(message.from_),
        to=party_views(message.to),
        cc=party_views(message.cc),
        bcc=party_views(message.bcc),
        headers=message.headers,
        subject=message.subject,
        text=message.text,
        html=message.html,
        attachments=attachment_views(message),
        requested_at=approval.requested_at,
        expires_at=approval.expires_at,
        decided_at=approval.decided_at,
        decided_by=approval.decided_by or None,
        via=approval.via or None,
        why=approval.why,
        revisions=tuple(map(_revision_view, revisions)),
    )
