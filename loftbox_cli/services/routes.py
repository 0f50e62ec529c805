"""Where the mail of a domain goes, and which smarthosts do not let us in."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from loftbox_cli.core.actor import Actor
from loftbox_cli.core.change import Action
from loftbox_cli.core.domain import Domain
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import EventType
from loftbox_cli.core.ids import RequestId
from loftbox_cli.core.smarthost import check_password, parse_smarthost
from loftbox_cli.core.smarthost_login import NEXT_STEP, LoginRefused, read_refused, spell_refused
from loftbox_cli.services.changing import note
from loftbox_cli.services.ports import Sealer
from loftbox_cli.services.story import tell
from loftbox_cli.services.tx import LOGINS_REFUSED_FACT, DomainRoute, Fact, Tx

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


def choose(
    tx: Tx, domain: Domain, chosen: DomainRoute | None, *, by: Actor, request_id: RequestId, now: datetime
) -> None:
    """Send the mail of a domain another way from the next attempt on.

    What its smarthost said of a login counts no more: the next attempt asks again.
    """
    before = tx.domain_routes.find(domain_id=domain.id)
    tx.domain_routes.remove(domain_id=domain.id)
    if chosen is not None:
        tx.domain_routes.add(chosen)
    _keep(tx, [each for each in refused_logins(tx) if each.smarthost not in (_way(before), _way(chosen))])
    detail = f"{domain.name} goes {_told(chosen)}; before: {_told(before)}"
    note(tx, Action.DOMAIN_ROUTED, domain.id, detail, by=by, request_id=request_id, now=now)


def _way(chosen: DomainRoute | None) -> str:
    return DEFAULT if chosen is None else chosen.smarthost or DIRECT


def _told(chosen: DomainRoute | None) -> str:
    return f"{_way(chosen)}, with a password" if chosen is not None and chosen.password else _way(chosen)


def of(tx: Tx, domain_name: str) -> DomainRoute | None:
    """The way that was chosen for a domain, or None."""
    domain = tx.domains.find(name=domain_name)
    return None if domain is None else tx.domain_routes.find(domain_id=domain.id)


def login_refused(tx: Tx, smarthost: str, words: str, *, request_id: RequestId, now: datetime) -> None:
    """Remember that a smarthost does not let us in, and tell it the first time."""
    known = {each.smarthost: each for each in refused_logins(tx)}
    if smarthost not in known:
        data = {"smarthost": smarthost, "words": words, "detail": f"{smarthost}: {words}", "fix": NEXT_STEP}
        tell(tx, EventType.SMARTHOST_REFUSED, request_id, now, data)
    since = known[smarthost].since if smarthost in known else now
    _keep(tx, (known | {smarthost: LoginRefused(smarthost, since, words)}).values())


def login_taken(tx: Tx, smarthost: str, *, request_id: RequestId, now: datetime) -> None:
    """Forget what it refused before, and tell that it takes our mail again."""
    known = refused_logins(tx)
    others = [each for each in known if each.smarthost != smarthost]
    if len(others) < len(known):
        tell(tx, EventType.SMARTHOST_RECOVERED, request_id, now, {"smarthost": smarthost})
        _keep(tx, others)


def forget_unused(tx: Tx, usual: str) -> None:
    """Forget the refusals of servers that no domain uses, nor the settings, which name `usual` or ""."""
    used = {usual, *(route.smarthost for route in tx.domain_routes.all())}
    _keep(tx, [each for each in refused_logins(tx) if each.smarthost in used])


def refused_logins(tx: Tx) -> tuple[LoginRefused, ...]:
    """The smarthosts that refuse our login."""
    fact = tx.facts.find(name=LOGINS_REFUSED_FACT)
    return read_refused(fact.value if fact else "")


def _keep(tx: Tx, refused: Iterable[LoginRefused]) -> None:
    tx.facts.remove(name=LOGINS_REFUSED_FACT)
    if words := spell_refused(refused):
        tx.facts.add(Fact(LOGINS_REFUSED_FACT, words))
