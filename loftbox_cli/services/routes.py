"""Where the mail of a domain goes, and which smarthosts do not let us in."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import spell_time
from loftbox_cli.core.smarthost import check_password, parse_smarthost
from loftbox_cli.services.ports import Sealer
from loftbox_cli.services.tx import DomainRoute, Fact, Tx

REFUSED_FACT = "smarthost_logins_refused"


DIRECT, DEFAULT = "direct", "default"


def prepare(
    domain: Domain, route: str, password: str, sealer: Sealer, *, now: datetime
) -> DomainRoute | None:
    """Check what the operator wants, and seal the password; None is the way of the settings.

    `route` is "direct", "default" or the URL of a smarthost. Raises BadInput.
    """
    server = None if route in (DIRECT, DEFAULT) else parse_smarthost(route)
    user = server.user if server is not None else ""
    if user and not password:
        raise BadInput(
            f"{route} asks for a login, and there is no password",
            fix="give --password-file FILE, or - to read it from standard input",
            field="password",
        )
    if password and not user:
        raise BadInput(
            f"{route} names no user, so there is no use for a password",
            fix="name the user in the URL: smtp+tls://user@host",
            field="password",
        )
    if route == DEFAULT:
        return None
    chosen = DomainRoute(domain.id, str(server) if server else "", b"", now)
    if not password:
        return chosen
    sealed = sealer.seal(check_password(password).encode(), purpose=chosen.seal_purpose)
    return replace(chosen, password=sealed)


def choose(tx: Tx, domain: Domain, chosen: DomainRoute | None) -> None:
    """Send the mail of a domain another way from the next attempt on."""
    tx.domain_routes.remove(domain_id=domain.id)
    if chosen is not None:
        tx.domain_routes.add(chosen)


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
