"""Where the mail of a domain goes, and which smarthosts do not let us in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.events import spell_time
from loftbox_cli.services.tx import DomainRoute, Fact, Tx

REFUSED_FACT = "smarthost_logins_refused"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the operator wants: a smarthost, or "" for straight to the MX hosts. `password` is sealed."""

    smarthost: str
    password: bytes = b""


def choose(tx: Tx, domain: Domain, choice: Choice | None, *, now: datetime) -> None:
    """Send the mail of a domain another way from now on; None goes back to the way of the settings."""
    tx.domain_routes.remove(domain_id=domain.id)
    if choice is not None:
        tx.domain_routes.add(DomainRoute(domain.id, choice.smarthost, choice.password, now))


def of(tx: Tx, domain_name: str) -> DomainRoute | None:
    """The way that was chosen for a domain, or None."""
    domain = tx.domains.find(name=domain_name)
    return None if domain is None else tx.domain_routes.find(domain_id=domain.id)


def login_refused(tx: Tx, smarthost: str, words: str, *, now: datetime) -> None:
    """Remember that a smarthost does not let us in, and since when."""
    known = dict(refused_logins(tx))
    since = known.get(smarthost, {}).get("since", spell_time(now))
    _keep(tx, known | {smarthost: {"since": since, "words": words}})


def login_taken(tx: Tx, smarthost: str) -> None:
    """Forget what it refused before."""
    _keep(tx, {name: said for name, said in refused_logins(tx).items() if name != smarthost})


def refused_logins(tx: Tx) -> Mapping[str, Mapping[str, str]]:
    """The smarthosts that refuse our login: since when, and in which words."""
    fact = tx.facts.find(name=REFUSED_FACT)
    found: Mapping[str, Mapping[str, str]] = json.loads(fact.value) if fact else {}
    return found


def _keep(tx: Tx, known: Mapping[str, Mapping[str, str]]) -> None:
    tx.facts.remove(name=REFUSED_FACT)
    if known:
        tx.facts.add(Fact(REFUSED_FACT, json.dumps(known)))
