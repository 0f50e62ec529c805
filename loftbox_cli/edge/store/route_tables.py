"""The tables of routes: where a domain's mail goes, and what was seen of those who take it.

The same rules as in `tables.py`.
"""

from sqlmodel import Field, SQLModel


class DomainRouteRow(SQLModel, table=True):
    """services.tx.DomainRoute."""

    __tablename__ = "domain_routes"
    domain_id: str = Field(primary_key=True, foreign_key="domains.id")
    smarthost: str
    password: bytes
    chosen_at: int


class StsPolicyRow(SQLModel, table=True):
    """core.mta_sts.KeptPolicy."""

    __tablename__ = "sts_policies"
    domain: str = Field(primary_key=True)
    txt_id: str
    mode: str
    mx: str
    fetched_at: int
    until: int


class BestTlsRow(SQLModel, table=True):
    """core.tls_policy.BestSeen."""

    __tablename__ = "best_tls"
    destination: str = Field(primary_key=True)
    assurance: str
    seen_at: int
