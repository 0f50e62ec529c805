"""How a message is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar, Literal

from loftbox_cli.core.approval import Approval
from loftbox_cli.core.decision import Answer, Decision
from loftbox_cli.core.delivery import Attempt, Delivery
from loftbox_cli.core.ids import ApprovalId, DeliveryId, MailboxId, MessageId, RequestId, ThreadId
from loftbox_cli.core.message import Direction, Message, MessageState, Relation
from loftbox_cli.core.pause import Pause
from loftbox_cli.core.reading import Attachment, Automation, HeaderField, Party
from loftbox_cli.core.thread import MatchedBy
from loftbox_cli.core.views.delivery import DeliveryView, delivery_view
from loftbox_cli.core.views.report import ReportView, report_view


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyView:
    """An address, and the name that stood beside it."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("address",)

    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentView:
    """A file of a message; `url` leads to its bytes."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("filename", "content_type", "size")

    part: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What the gate answered, the codes of the rules that made it so, and one line for people."""

    answer: Answer
    reasons: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """One mail. `mail_from` and `rcpt_to` are its envelope; `from`, `to` and `cc` what its header says.

    `state` is one word for all: what the gate answered, or what the deliveries add up
    to. `decision` is null for what came in, `matched_by` what put it into its thread, ""
    where it began one. `metadata` and `labels` never leave here.
    """

    COLUMNS: ClassVar[tuple[str, ...]] = (
        "id",
        "created_at",
        "direction",
        "state",
        "mailbox",
        "from_",
        "to",
        "subject",
    )

    id: MessageId
    object: Literal["message"] = "message"
    direction: Direction
    state: str
    mailbox: str
    mailbox_id: MailboxId
    thread_id: ThreadId
    rfc_message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    mail_from: str
    rcpt_to: tuple[str, ...]
    from_: tuple[PartyView, ...]
    to: tuple[PartyView, ...]
    cc: tuple[PartyView, ...]
    bcc: tuple[PartyView, ...]
    reply_to: tuple[PartyView, ...]
    headers: tuple[HeaderField, ...]
    subject: str
    text: str
    html: str
    reply_text: str
    reply_html: str
    quoted_text: str
    attachments: tuple[AttachmentView, ...]
    automation: Automation
    automation_evidence: str
    report: ReportView | None
    relation: Relation
    matched_by: MatchedBy
    hidden_text_chars: int
    invisible_chars: int
    defects: tuple[str, ...]
    decision: DecisionView | None
    approval_id: ApprovalId | None
    deliveries: tuple[DeliveryView, ...]
    metadata: Mapping[str, str]
    labels: tuple[str, ...]
    size: int
    revision: int
    content_sha256: str
    submitted_by: str
    request_id: RequestId
    created_at: datetime
    scheduled_at: datetime | None
    expires_at: datetime | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView(MessageView):
    """A message of a list. `snippet` is where the words stand that were looked for, null without any."""

    COLUMNS: ClassVar[tuple[str, ...]] = ("id", "created_at", "mailbox", "from_", "subject", "snippet")

    snippet: str | None


def found_view(message: MessageView, snippet: str | None) -> FoundView:
    """Show a message that was looked for."""
    shown = {each.name: getattr(message, each.name) for each in fields(message)}
    return FoundView(**shown, snippet=snippet)


def message_view(
    message: Message,
    *,
    mailbox: str,
    state: str,
    deliveries: Sequence[Delivery] = (),
    attempts: Sequence[Attempt] | None = None,
    pauses: Mapping[DeliveryId, Sequence[Pause]] | None = None,
    approval: Approval | None = None,
    decision: Decision | None = None,
) -> MessageView:
    """Show a message of the mailbox with this address.

    `decision` is given by whoever just asked the gate; else what is stored of it is shown.
    """
    outbound = message.direction is Direction.OUTBOUND
    return MessageView(
        id=message.id,
        direction=message.direction,
        state=state,
        mailbox=mailbox,
        mailbox_id=message.mailbox_id,
        thread_id=message.thread_id,
        rfc_message_id=message.rfc_message_id,
        in_reply_to=message.in_reply_to,
        references=message.references,
        mail_from=message.mail_from,
        rcpt_to=message.rcpt_to,
        from_=party_views(message.from_),
        to=party_views(message.to),
        cc=party_views(message.cc),
        bcc=party_views(message.bcc) if outbound else (),
        reply_to=party_views(message.reply_to),
        headers=message.headers,
        subject=message.subject,
        text=message.text,
        html=message.html,
        reply_text=message.reply_text,
        reply_html=message.reply_html,
        quoted_text=message.quoted_text,
        attachments=attachment_views(message),
        automation=message.automation,
        automation_evidence=message.automation_evidence,
        report=report_view(message),
        relation=message.relation,
        matched_by=message.matched_by,
        hidden_text_chars=message.hidden_text_chars,
        invisible_chars=message.invisible_chars,
        defects=message.defects,
        decision=_decision_view(message, decision, was_held=approval is not None) if outbound else None,
        approval_id=approval.id if approval else None,
        deliveries=tuple(
            delivery_view(each, attempts, (pauses or {}).get(each.id, ())) for each in deliveries
        ),
        metadata=message.metadata,
        labels=message.labels,
        size=message.size,
        revision=message.revision,
        content_sha256=message.content_sha256,
        submitted_by=message.submitted_by,
        request_id=message.request_id,
        created_at=message.created_at,
        scheduled_at=message.scheduled_at,
        expires_at=message.expires_at,
        released_at=message.released_at,
    )


def party_views(parties: Sequence[Party]) -> tuple[PartyView, ...]:
    """Show addresses."""
    return tuple(PartyView(address=party.address, name=party.name) for party in parties)


def attachment_views(message: Message) -> tuple[AttachmentView, ...]:
    """Show a message's files, each with its link."""
    return tuple(_attachment_view(message.id, each) for each in message.attachments)


def _attachment_view(message_id: MessageId, attachment: Attachment) -> AttachmentView:
    return AttachmentView(
        part=attachment.part,
        filename=attachment.filename,
        content_type=attachment.content_type,
        size=attachment.size,
        sha256=attachment.sha256,
        inline=attachment.inline,
        content_id=attachment.content_id,
        url=f"/v1/messages/{message_id}/attachments/{attachment.part}",
    )


def _decision_view(message: Message, decision: Decision | None, *, was_held: bool) -> DecisionView:
    if decision is not None:
        return DecisionView(answer=decision.answer, reasons=decision.reasons, detail=decision.detail)
    match message.state:
        case MessageState.RELEASED | MessageState.SCHEDULED:
            answer = Answer.ALLOW
        case MessageState.BLOCKED:
            answer = Answer.BLOCK
        case _:  # what expired or was canceled waited for a person, or for its time
            answer = Answer.HOLD if was_held else Answer.ALLOW
    return DecisionView(answer=answer, reasons=message.reasons, detail="")
