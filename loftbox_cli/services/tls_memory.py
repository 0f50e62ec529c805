"""What is remembered of how privately mail reached its destinations."""

from datetime import datetime

from loftbox_cli.core.mta_sts import KeptPolicy
from loftbox_cli.core.tls_policy import Assurance, BestSeen
from loftbox_cli.services.tx import Tx


def policy(tx: Tx, domain: str) -> KeptPolicy | None:
    """The MTA-STS policy that was fetched last."""
    return tx.sts_policies.find(domain=domain)


def keep_policy(tx: Tx, kept: KeptPolicy) -> None:
    """Keep a policy instead of the one before it."""
    tx.sts_policies.remove(domain=kept.domain)
    tx.sts_policies.add(kept)


def best(tx: Tx, destination: str) -> Assurance:
    """The most private session that a destination ever had."""
    seen = tx.best_tls.find(destination=destination)
    return Assurance.NONE if seen is None else seen.assurance


def reached(tx: Tx, destination: str, assurance: Assurance, *, now: datetime) -> None:
    """Note a session that was more private than all before it."""
    tx.best_tls.remove(destination=destination)
    tx.best_tls.add(BestSeen(destination, assurance, now))
