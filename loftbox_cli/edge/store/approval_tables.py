"""The tables of what people are asked and answer; the same rules as in `tables.py`."""

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel


class ApprovalRow(SQLModel, table=True):
    """core.approval.Approval."""

    __tablename__ = "approvals"
    __table_args__ = (
        Index("approvals_pending", "expires_at", sqlite_where=text("state = 'pending'")),
        Index("approvals_by_state", "state", "noticed"),
        Index("approvals_of_state", "state"),
    )
    id: str = Field(primary_key=True)
    message_id: str = Field(foreign_key="messages.id", index=True)
    mailbox_id: str = Field(foreign_key="mailboxes.id")
    state: str
    revision: int
    content_sha256: str
    reasons: str
    submitted_by: str
    requested_at: int
    expires_at: int
    decided_at: int | None
    decided_by: str
    via: str
    why: str
    rules: str
    approvers: int
    agreed: str
    noticed: int


class RevisionRow(SQLModel, table=True):
    """core.revision.Revision."""

    __tablename__ = "revisions"
    message_id: str = Field(primary_key=True, foreign_key="messages.id")
    number: int = Field(primary_key=True)
    replaced: str = Field(foreign_key="blobs.sha256")
    content_sha256: str
    changed: str
    diff: str
    by: str
    via: str
    why: str
    at: int


class LinkRow(SQLModel, table=True):
    """core.link.Link."""

    __tablename__ = "links"
    id: str = Field(primary_key=True)
    approval_id: str = Field(foreign_key="approvals.id", index=True)
    revision: int
    person_id: str = Field(foreign_key="persons.id")
    token: str
    made_at: int
    used_at: int | None
