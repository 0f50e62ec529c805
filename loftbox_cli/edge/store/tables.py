"""The tables of people and things: who may do what, on which domain.

Each has the fields of its value in `core/`, under the same names; `shelf.py` moves
values in and out. Times are integers, microseconds since 1970 in UTC; lists and
mappings are JSON text. Rows never leave the store.
"""

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel


class AgentRow(SQLModel, table=True):
    """core.agent.Agent."""

    __tablename__ = "agents"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    purpose: str
    owner: str
    created_at: int


class PersonRow(SQLModel, table=True):
    """core.person.Person."""

    __tablename__ = "persons"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    address: str = Field(unique=True)
    role: str
    created_at: int
    system_user: str | None = Field(unique=True)


class KeyRow(SQLModel, table=True):
    """core.key.Key."""

    __tablename__ = "keys"
    id: str = Field(primary_key=True)
    owner_id: str = Field(index=True)
    name: str
    scopes: str
    hash: str
    last4: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None


class DomainRow(SQLModel, table=True):
    """core.domain.Domain."""

    __tablename__ = "domains"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    token: str
    use_case: str
    review: str
    owned: int
    outbound: int
    inbound: int
    verified_at: int | None
    checked_at: int | None
    failing_since: int | None
    findings: str
    created_at: int


class DomainKeyRow(SQLModel, table=True):
    """services.tx.DomainKey."""

    __tablename__ = "domain_keys"
    __table_args__ = (UniqueConstraint("domain_id", "selector"),)
    id: str = Field(primary_key=True)
    domain_id: str = Field(foreign_key="domains.id")
    selector: str
    algorithm: str
    private: bytes
    public: str
    created_at: int
    phase: str
    phase_since: int


class MailboxRow(SQLModel, table=True):
    """core.mailbox.Mailbox."""

    __tablename__ = "mailboxes"
    id: str = Field(primary_key=True)
    address: str = Field(unique=True)
    domain_id: str | None = Field(foreign_key="domains.id", index=True)
    agent_id: str | None = Field(foreign_key="agents.id", index=True)
    display_name: str
    owner: str
    oversight: str
    metadata_: str = Field(sa_column_kwargs={"name": "metadata"})
    created_at: int
    match_subject: int


class PauseRow(SQLModel, table=True):
    """core.pause.Pause."""

    __tablename__ = "pauses"
    target: str = Field(primary_key=True)
    scope: str
    by: str
    why: str
    at: int


class PauseSpanRow(SQLModel, table=True):
    """core.pause.PauseSpan."""

    __tablename__ = "pause_spans"
    target: str = Field(primary_key=True)
    since: int = Field(primary_key=True)
    until: int


class RestRow(SQLModel, table=True):
    """core.pacing.Rest."""

    __tablename__ = "rests"
    site: str = Field(primary_key=True)
    destinations: str
    since: int
    until: int
    why: str


class SuppressionRow(SQLModel, table=True):
    """core.suppression.Suppression."""

    __tablename__ = "suppressions"
    __table_args__ = (UniqueConstraint("domain_id", "address"),)
    id: str = Field(primary_key=True)
    domain_id: str = Field(foreign_key="domains.id", index=True)
    address: str = Field(index=True)
    stored: str
    reason: str
    status: str
    detail: str
    message_id: str | None
    delivery_id: str | None
    report_id: str | None
    by: str
    since: int
    expires_at: int | None
    released_at: int | None
    created_at: int


class EndpointRow(SQLModel, table=True):
    """core.endpoint.Endpoint."""

    __tablename__ = "endpoints"
    id: str = Field(primary_key=True)
    url: str
    events: str
    agent_id: str | None = Field(foreign_key="agents.id")
    status: str
    created_at: int


class EndpointSecretRow(SQLModel, table=True):
    """core.endpoint.EndpointSecret."""

    __tablename__ = "endpoint_secrets"
    id: str = Field(primary_key=True)
    endpoint_id: str = Field(foreign_key="endpoints.id", index=True)
    sealed: bytes
    created_at: int
    retires_at: int | None


class AnswerRow(SQLModel, table=True):
    """services.tx.KeptAnswer: what an Idempotency-Key was answered."""

    __tablename__ = "answers"
    __table_args__ = (Index("answers_by_age", "created_at"),)
    place: str = Field(primary_key=True)
    body_hash: str
    status: int
    body: str
    created_at: int


class ChangeRow(SQLModel, table=True):
    """core.change.Change."""

    __tablename__ = "changes"
    id: str = Field(primary_key=True)
    at: int
    by: str
    via: str
    request_id: str
    action: str
    thing: str = Field(index=True)
    detail: str


class FactRow(SQLModel, table=True):
    """services.tx.Fact: single values about the gateway itself."""

    __tablename__ = "facts"
    name: str = Field(primary_key=True)
    value: str
