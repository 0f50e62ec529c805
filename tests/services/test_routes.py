"""Where a domain's mail goes, and what is remembered of those who take it."""

from datetime import timedelta

import pytest

from loftbox_cli.core.change import Action
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mta_sts import KeptPolicy, Mode
from loftbox_cli.core.smarthost_login import LoginRefused
from loftbox_cli.core.telling import sentence
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.services import routes, shown, status, tls_memory
from tests.services.house import ANNA, START, House

URL = "smtp+tls://agent@smtp.example.net:587"


class Reversing:
    """A sealer of the tests."""

    def seal(self, plain: bytes, *, purpose: str) -> bytes:
        return purpose.encode() + plain[::-1]

    def open(self, sealed: bytes, *, purpose: str) -> bytes:
        return sealed.removeprefix(purpose.encode())[::-1]


def choose(house: House, route: str, password: str = "") -> str:
    domain = house.see(lambda tx: tx.domains.find(name="example.com")) or house.domain()
    chosen = routes.prepare(domain, route, password, Reversing(), now=house.now)
    house.do(routes.choose, domain, chosen, **house.by())
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
        chosen = routes.prepare(domain, route, "", Reversing(), now=house.now)
        house.do(routes.choose, domain, chosen, **house.by())
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
    refuse(house, "535 no")
    house.clock.advance(hours=1)
    refuse(house, "535 still no")
    assert house.see(routes.refused_logins) == (LoginRefused(URL, START, "535 still no"),)
    assert house.see(status.status, now=house.now).logins_refused == house.see(routes.refused_logins)
    take(house, "smtps://another")
    assert house.see(routes.refused_logins)
    take(house, URL)
    assert house.see(routes.refused_logins) == ()


@pytest.mark.rule("O30")
def test_a_refused_login_is_told_once_and_once_more_when_it_is_taken(house: House) -> None:
    for words in ("535 no", "535 still no"):
        refuse(house, words)
    for _ in range(2):
        take(house, URL)
    refused, recovered = house.told(EventType.SMARTHOST_REFUSED, EventType.SMARTHOST_RECOVERED)
    assert (refused.data["smarthost"], refused.data["words"]) == (URL, "535 no")
    assert "loftbox domain set DOMAIN --smarthost URL" in str(refused.data["fix"])
    assert sentence(refused).text == f"Smarthost refuses our login: {URL}: 535 no"
    assert recovered.data == {"smarthost": URL}


@pytest.mark.rule("O30")
def test_another_way_or_another_password_ends_the_alert_until_the_next_attempt(house: House) -> None:
    for route, password in ((URL, "better"), ("direct", "")):
        choose(house, URL, "worse")
        refuse(house, "535 no")
        choose(house, route, password)
        assert house.see(routes.refused_logins) == ()


def test_a_server_that_nobody_uses_any_more_is_no_alert(house: House) -> None:
    usual = "smtps://all@smtp.example.org:465"
    choose(house, URL, "worse")
    for server in (URL, usual, "smtps://former@smtp.example.org:465"):
        house.do(routes.login_refused, server, "535 no", request_id=house.request(), now=house.now)
    house.do(routes.forget_unused, usual)
    assert [each.smarthost for each in house.see(routes.refused_logins)] == [URL, usual]
    house.do(routes.forget_unused, "")
    assert [each.smarthost for each in house.see(routes.refused_logins)] == [URL]


def test_who_chose_which_way_is_kept_without_the_password(house: House) -> None:
    choose(house, URL, "secret")
    choose(house, "direct")
    first, second = house.see(lambda tx: tx.changes.all())
    assert (first.action, first.by, first.thing) == (Action.DOMAIN_ROUTED, ANNA.id, second.thing)
    assert first.detail == f"example.com goes {URL}, with a password; before: default"
    assert second.detail == f"example.com goes direct; before: {URL}, with a password"
    assert "secret" not in first.detail + second.detail


def refuse(house: House, words: str) -> None:
    house.do(routes.login_refused, URL, words, request_id=house.request(), now=house.now)


def take(house: House, smarthost: str) -> None:
    house.do(routes.login_taken, smarthost, request_id=house.request(), now=house.now)


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
