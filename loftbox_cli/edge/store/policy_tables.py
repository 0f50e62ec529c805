"""The tables of policies: what they say, what they are bound to, and what speaks against a mailbox.

The same rules as in `tables.py`.
"""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class PolicyRow(SQLModel, table=True):
    """core.policy.stored.StoredPolicy."""

    __tablename__ = "policies"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    version: int
    description: str
    created_at: int
    updated_at: int


class PolicyVersionRow(SQLModel, table=True):
    """core.policy.stored.PolicyVersion."""

    __tablename__ = "policy_versions"
    policy_id: str = Field(primary_key=True, foreign_key="policies.id")
    number: int = Field(primary_key=True)
    source: str
    by: str
    why: str
    at: int


class PolicyBindingRow(SQLModel, table=True):
    """core.policy.stored.Binding."""

    __tablename__ = "policy_bindings"
    policy_id: str = Field(primary_key=True, foreign_key="policies.id")
    target: str = Field(primary_key=True, index=True)
    scope: str
    by: str
    at: int


class MarkRow(SQLModel, table=True):
    """core.policy.stepping.Mark."""

    __tablename__ = "marks"
    __table_args__ = (Index("marks_of_mailbox", "mailbox_id"),)
    id: str = Field(primary_key=True)
    mailbox_id: str = Field(foreign_key="mailboxes.id")
    trouble: str
    message_id: str = Field(foreign_key="messages.id")
    at: int
