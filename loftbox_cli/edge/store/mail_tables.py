"""The tables of mail: what came in, what goes out, and what happened to it.

The same rules as in `tables.py`. Raw bytes lie once in `blobs` under their SHA-256.
Partial indexes keep the cost of "what is due" apart from how much mail is stored.
"""

from sqlalchemy import Column, Index, Integer, text
from sqlmodel import Field, SQLModel


def _count() -> Column[int]:
    return Column(Integer, primary_key=True, autoincrement=True)


class BlobRow(SQLModel, table=True):
    """Raw mail, byte for byte, and the arrival that was the first with it, if one was."""

    __tablename__ = "blobs"
    sha256: str = Field(primary_key=True)
    raw: bytes
    brought_by: str | None


class ArrivalRow(SQLModel, table=True):
    """services.tx.Accepted: an SMTP transaction that ended in 250."""

    __tablename__ = "arrivals"
    __table_args__ = (
        Index("arrivals_due", "received_at", sqlite_where=text("state = 'accepted'")),
        Index("arrivals_alike", "fingerprint", "received_at", sqlite_where=text("fingerprint != ''")),
    )
    request_id: str = Field(primary_key=True)
    state: str
    received_at: int
    peer: str
    helo: str
    tls: str
    mail_from: str
    rcpt_to: str
    blob: str = Field(foreign_key="blobs.sha256")
    size: int
    trace: str
    smtputf8: int
    fingerprint: str
    lease_until: int | None
    fence: int
    deaths: int


class ThreadRow(SQLModel, table=True):
    """core.thread.Thread."""

    __tablename__ = "threads"
    id: str = Field(primary_key=True)
    mailbox_id: str = Field(foreign_key="mailboxes.id", index=True)
    subject: str
    state: str
    created_at: int
    last_at: int


class MentionRow(SQLModel, table=True):
    """core.thread.Mention."""

    __tablename__ = "mentions"
    mailbox_id: str = Field(primary_key=True, foreign_key="mailboxes.id")
    rfc_message_id: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True, foreign_key="threads.id", index=True)


class ParticipantRow(SQLModel, table=True):
    """core.thread.Participant."""

    __tablename__ = "participants"
    __table_args__ = (Index("participants_of_mailbox", "mailbox_id", "address"),)
    thread_id: str = Field(primary_key=True, foreign_key="threads.id")
    address: str = Field(primary_key=True)
    mailbox_id: str = Field(foreign_key="mailboxes.id")
    name: str
    known: int
    first_message_id: str


class MessageRow(SQLModel, table=True):
    """core.message.Message."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_by_rfc_id", "rfc_message_id", "mailbox_id"),
        Index("messages_of_thread", "thread_id"),
        Index("messages_of_mailbox", "mailbox_id", "direction"),
        Index("messages_by_age", "created_at"),
        Index("messages_released", "mailbox_id", "released_at", sqlite_where=text("released_at IS NOT NULL")),
        Index("messages_scheduled", "scheduled_at", sqlite_where=text("state = 'scheduled'")),
    )
    id: str = Field(primary_key=True)
    direction: str
    mailbox_id: str = Field(foreign_key="mailboxes.id")
    thread_id: str = Field(foreign_key="threads.id")
    request_id: str = Field(index=True)
    state: str
    rfc_message_id: str
    in_reply_to: str
    references: str
    mail_from: str
    rcpt_to: str
    from_: str
    to: str
    cc: str
    bcc: str
    headers: str
    subject: str
    text: str
    html: str
    reply_text: str
    reply_html: str
    quoted_text: str
    attachments: str
    automation: str
    relation: str
    matched_by: str
    defects: str
    metadata_: str = Field(sa_column_kwargs={"name": "metadata"})
    labels: str
    blob: str = Field(foreign_key="blobs.sha256")
    size: int
    trace: str
    content_sha256: str
    revision: int
    submitted_by: str
    auto_submitted: str
    reasons: str
    created_at: int
    released_at: int | None
    context: str
    sample: int
    policies: str
    automation_evidence: str
    report_kind: str
    reported: str
    reply_to: str
    hidden_text_chars: int
    invisible_chars: int
    scheduled_at: int | None
    expires_at: int | None


class DeliveryRow(SQLModel, table=True):
    """core.delivery.Delivery."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_due", "next_at", sqlite_where=text("state IN ('queued', 'uncertain')")),
        Index(
            "deliveries_by_destination",
            "destination",
            "next_at",
            "mailbox_id",
            sqlite_where=text("state IN ('queued', 'uncertain')"),
        ),
        Index("deliveries_to_look_at", "look_at", sqlite_where=text("state IN ('queued', 'uncertain')")),
        Index("deliveries_to", "recipient", "queued_at"),
        Index("deliveries_settled", "mailbox_id", "state", sqlite_where=text("settled_at IS NOT NULL")),
        Index("deliveries_leased", "lease_until", sqlite_where=text("state = 'sending'")),
    )
    id: str = Field(primary_key=True)
    message_id: str = Field(foreign_key="messages.id", index=True)
    mailbox_id: str = Field(foreign_key="mailboxes.id")
    domain_id: str = Field(foreign_key="domains.id")
    request_id: str
    recipient: str
    destination: str
    state: str
    attempts: int
    queued_at: int
    next_at: int | None
    lease_until: int | None
    handover_at: int | None
    settled_at: int | None
    fence: int
    last_code: int
    last_words: str
    last_class: str
    expires_at: int | None
    look_at: int | None
    delays_told: int


class AttemptRow(SQLModel, table=True):
    """core.delivery.Attempt."""

    __tablename__ = "attempts"
    delivery_id: str = Field(primary_key=True, foreign_key="deliveries.id")
    number: int = Field(primary_key=True)
    started_at: int
    ended_at: int | None
    stage: str
    code: int
    enhanced: str
    words: str
    host: str
    address: str
    tls: str
    outcome: str
    transcript: str
    response_class: str


class EventRow(SQLModel, table=True):
    """core.events.Event."""

    __tablename__ = "events"
    __table_args__ = (
        Index("events_by_message", "message_id", sqlite_where=text("message_id IS NOT NULL")),
        Index("events_by_thread", "thread_id", sqlite_where=text("thread_id IS NOT NULL")),
        Index("events_by_request", "request_id"),
        Index("events_by_agent", "agent_id", "seq"),
        Index("events_by_type", "type", "agent_id"),
        Index("events_by_mailbox", "mailbox_id", "type", sqlite_where=text("mailbox_id IS NOT NULL")),
        {"sqlite_autoincrement": True},
    )
    seq: int | None = Field(default=None, sa_column=_count())
    id: str = Field(unique=True)
    type: str
    created_at: int
    request_id: str
    mailbox: str | None
    mailbox_id: str | None
    thread_id: str | None
    message_id: str | None
    delivery_id: str | None
    agent_id: str | None
    data: str


class NotificationRow(SQLModel, table=True):
    """core.endpoint.Notification."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("notifications_due", "next_at", sqlite_where=text("state = 'pending'")),
        Index("notifications_exhausted", "settled_at", sqlite_where=text("state = 'exhausted'")),
    )
    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="endpoints.id", index=True)
    event_seq: int = Field(foreign_key="events.seq")
    event_id: str = Field(index=True)
    event_type: str
    state: str
    attempts: int
    next_at: int | None
    lease_until: int | None
    fence: int
    body: bytes
    last_status: int
    last_fault: str
    created_at: int
    settled_at: int | None


class NotificationAttemptRow(SQLModel, table=True):
    """core.endpoint.NotificationAttempt."""

    __tablename__ = "notification_attempts"
    notification_id: str = Field(primary_key=True, foreign_key="notifications.id")
    number: int = Field(primary_key=True)
    started_at: int
    took: int
    status: int
    fault: str
    answer: bytes
