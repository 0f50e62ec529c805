"""Where a domain's mail goes, and what is remembered of those who take it."""

from datetime import timedelta

import pytest

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.mta_sts import KeptPolicy, Mode
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.services import routes, shown, status, tls_memory
from tests.services.house import START, House

URL = "smtp+tls://agent@smtp.example.net:587"


class Reversing:
    """A sealer of the tests."""

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        return purpose.encode() + plain[::-1]

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        return sealed.removeprefix(purpose.encode())[::-1]


def choose(house: House, route: str, password: str = "") -> str:
    domain = house.domain()
    chosen = routes.prepare(domain, route, password, Reversing(), now=house.now)
    house.do(routes.choose, domain, chosen)
    return house.see(lambda tx: shown.domain(tx, domain, house.now)).route


@pytest.mark.rule("O30")
def test_a_smarthost_is_shown_by_its_url_and_its_password_stays_sealed(house: House) -> None:
    assert choose(house, URL, "secret") == URL
    domain = house.see(lambda tx: tx.domains.all()[0])
    chosen = house.see(routes.of, domain.name)
    assert chosen is not None
    assert b"secret" not in chosen.password
    assert Reversing().open(chosen.password, purpose=chosen.seal_purpose) == b"secret"
    assert (chosen.seal_purpose, chosen.password) in house.see(status.remembered).sealed
    assert "secret" not in str(house.see(lambda tx: shown.domain(tx, domain, house.now)))


def test_direct_is_a_choice_and_default_takes_it_back(house: House) -> None:
    domain = house.domain()
    assert house.see(lambda tx: shown.domain(tx, domain, house.now)).route == "default"
    local = "smtp://127.0.0.1:25"
    for route, shown_as in (("direct", "direct"), ("default", "default"), ("127.0.0.1:25", local)):
        house.do(routes.choose, domain, routes.prepare(domain, route, "", Reversing(), now=house.now))
        assert house.see(lambda tx: shown.domain(tx, domain, house.now)).route == shown_as
    assert house.see(routes.of, "elsewhere.example") is None


@pytest.mark.parametrize(
    ("route", "password", "words"),
    [
        (URL, "", "asks for a login"),
        ("smtps://smtp.example.net", "secret", "names no user"),
        ("direct", "secret", "names no user"),
        (URL, "x" * 300, "no password of a smarthost"),
        ("nowhere", "", "cannot be a smarthost"),
    ],
)
def test_what_cannot_work_is_refused_at_once(house: House, route: str, password: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        choose(house, route, password)
    assert "secret" not in refused.value.fact


def test_a_refused_login_is_known_since_when_until_it_is_taken(house: House) -> None:
    house.do(routes.login_refused, URL, "535 no", now=START)
    house.do(routes.login_refused, URL, "535 still no", now=START + timedelta(hours=1))
    assert house.see(routes.refused_logins) == {
        URL: {"since": "2026-11-21T09:41:02.000Z", "words": "535 still no"}
    }
    house.do(routes.login_taken, "smtps://another")
    assert house.see(routes.refused_logins)
    house.do(routes.login_taken, URL)
    assert house.see(routes.refused_logins) == {}


@pytest.mark.rule("O8")
def test_the_last_policy_of_a_destination_is_kept(house: House) -> None:
    assert house.see(tls_memory.policy, "example.org") is None
    for mode in (Mode.TESTING, Mode.ENFORCE):
        kept = KeptPolicy("example.org", "1", mode, ("*.example.org",), START, START + timedelta(days=7))
        house.do(tls_memory.keep_policy, kept)
        assert house.see(tls_memory.policy, "example.org") == kept


def test_the_best_session_of_a_destination_is_kept(house: House) -> None:
    assert house.see(tls_memory.best, "example.org") is Assurance.NONE
    for assurance in (Assurance.ENCRYPTED, Assurance.DANE):
        house.do(tls_memory.reached, "example.org", assurance, now=START)
        assert house.see(tls_memory.best, "example.org") is assurance
