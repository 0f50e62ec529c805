"""What the courier remembers lies in the store, and is there after a restart."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.errors import BadConfiguration, BadInput
from loftbox_cli.core.mta_sts import KeptPolicy, Mode
from loftbox_cli.core.smarthost import Login, Security, Smarthost
from loftbox_cli.core.tls_policy import Assurance
from loftbox_cli.edge.config_file.load import Loaded, load_settings
from loftbox_cli.edge.config_file.places import Places
from loftbox_cli.edge.system.chance import secret_octets
from loftbox_cli.services import domains, routes
from loftbox_cli.services.preparing import new_domain
from loftbox_cli.wiring import LoftBox, opened, system_user
from loftbox_cli.wiring.making import make
from loftbox_cli.wiring.route_book import StoredRouteBook

USUAL = Smarthost("smtp.example.net", 587, Security.STARTTLS, "all")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("for all\n")
    return path


def loaded(tmp_path: Path, **delivery: str) -> Loaded:
    lines = [f"{key} = {json.dumps(value)}" for key, value in delivery.items()]
    config = tmp_path / "loftbox.toml"
    config.write_text("\n".join(("[gateway]", 'hostname = "mx.example.com"', "[delivery]", *lines)))
    places = Places(settings=config, store=tmp_path / "store")
    return load_settings(environ={}, places=places)


def made(found: Loaded) -> Loaded:
    make(found, operator_name="Anna", in_keyring=False)
    return found


def add(loftbox: LoftBox, name: str) -> Any:
    now = loftbox.clock.now()
    new = new_domain(
        name, "tests", signer=loftbox.signer, sealer=loftbox.sealer, chance=secret_octets, now=now
    )
    return loftbox.store.write(domains.add, new, approved=True, now=now)


@pytest.mark.rule("O30")
def test_a_domain_goes_its_own_way_or_that_of_the_settings(tmp_path: Path, file: Path) -> None:
    usual = made(loaded(tmp_path, next_hop=str(USUAL), next_hop_password_file=str(file)))
    with opened(usual) as loftbox:
        for name, route, password in (
            ("own.example", "smtps://me@relay.example.net", "my own"),
            ("plain.example", "smtp://127.0.0.1:2525", ""),
            ("straight.example", "direct", ""),
        ):
            domain = add(loftbox, name)
            chosen = routes.prepare(domain, route, password, loftbox.sealer, now=loftbox.clock.now())
            loftbox.store.write(
                routes.choose,
                domain,
                chosen,
                by=system_user(),
                request_id=loftbox.request_id(),
                now=loftbox.clock.now(),
            )
        book = StoredRouteBook(loftbox)
        own = Smarthost("relay.example.net", 465, Security.IMPLICIT, "me")
        assert book.smarthost("own.example") == (own, Login("me", "my own"))
        assert book.smarthost("plain.example") == (Smarthost("127.0.0.1", 2525), None)
        assert book.smarthost("straight.example") is None
        assert book.smarthost("other.example") == (USUAL, Login("all", "for all"))


def test_without_a_choice_mail_goes_straight_to_its_destination(tmp_path: Path) -> None:
    with opened(made(loaded(tmp_path))) as loftbox:
        assert StoredRouteBook(loftbox).smarthost("example.com") is None


def test_a_user_without_a_password_is_told_before_anything_starts(tmp_path: Path, file: Path) -> None:
    with (
        opened(made(loaded(tmp_path, next_hop=str(USUAL)))) as loftbox,
        pytest.raises(BadConfiguration, match="asks for a login, and there is no password"),
    ):
        StoredRouteBook(loftbox)
    with pytest.raises(BadConfiguration, match="is for a user that"):
        loaded(tmp_path, next_hop_password_file=str(file))


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"x" * 300])
def test_a_password_file_that_holds_none_is_told(tmp_path: Path, file: Path, content: bytes | None) -> None:
    found = made(loaded(tmp_path, next_hop=str(USUAL), next_hop_password_file=str(file)))
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with opened(found) as loftbox, pytest.raises((BadConfiguration, BadInput)) as refused:
        StoredRouteBook(loftbox)
    assert "xxx" not in refused.value.fact


@pytest.mark.rule("O8")
async def test_policies_and_the_best_session_outlive_a_restart(tmp_path: Path) -> None:
    found = made(loaded(tmp_path))
    with opened(found) as loftbox:
        now = loftbox.clock.now()
        policy = KeptPolicy(
            "example.org", "1", Mode.ENFORCE, ("mx.example.org",), now, now + timedelta(days=7)
        )
        book = StoredRouteBook(loftbox)
        await book.keep_policy(policy)
        await book.reached("example.org", Assurance.DANE)
    with opened(found) as loftbox:
        again = StoredRouteBook(loftbox)
        assert again.policy("example.org") == policy
        assert again.best("example.org") is Assurance.DANE
        assert again.policy("example.net") is None
        assert again.best("example.net") is Assurance.NONE


@pytest.mark.rule("O30")
async def test_a_refused_login_is_told_until_it_is_taken_also_after_a_restart(tmp_path: Path) -> None:
    found = made(loaded(tmp_path))
    with opened(found) as loftbox:
        await StoredRouteBook(loftbox).login_refused(USUAL, "535 5.7.8 no")
    with opened(found) as loftbox:
        assert [each.smarthost for each in loftbox.store.glance(routes.refused_logins)] == [str(USUAL)]
        await StoredRouteBook(loftbox).login_taken(USUAL)
        assert loftbox.store.glance(routes.refused_logins) == ()
