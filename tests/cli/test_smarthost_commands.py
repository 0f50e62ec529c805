"""Choosing a smarthost by command, and being told that it does not let us in."""

from pathlib import Path

import pytest

from tests.cli.session_world import SessionWorld
from tests.edge.keyrings import DictKeyring, ring

__all__ = ["ring"]

URL = "smtp+tls://agent@smtp.example.net:587"
SET = f"loftbox domain set example.com --smarthost {URL}"


@pytest.fixture
def store(world: SessionWorld) -> Path:
    world.type("loftbox init --hostname mx.example.com --operator anna@example.com --name Anna")
    world.type("loftbox domain add example.com")
    return world.home / "data/loftbox"


@pytest.mark.usefixtures("store")
def test_the_password_of_a_smarthost_may_come_from_the_keyring(
    world: SessionWorld, ring: DictKeyring
) -> None:
    screen, code = world.type(SET)
    assert (code, "there is no password" in screen) == (2, True)
    ring.set_password("loftbox", URL, "secret")
    screen, code = world.type(f"{SET} --json")
    assert (code, f'"route": "{URL}"' in screen, "secret" in screen) == (0, True, False)


@pytest.mark.usefixtures("store", "ring")
def test_a_server_without_a_login_asks_no_keyring(world: SessionWorld) -> None:
    for route in ("127.0.0.1:2525", "direct", "default"):
        assert world.type(f"loftbox domain set example.com --smarthost {route}")[1] == 0


@pytest.mark.rule("O30")
@pytest.mark.usefixtures("store")
def test_a_refused_login_is_in_status_doctor_and_the_log_until_the_password_is_set_again(
    world: SessionWorld,
) -> None:
    world.happens(f"a smarthost says 535: {URL}")
    world.type(f"echo worse | {SET} --password-file -")
    assert "refuses our login" not in world.type("loftbox status")[0]
    world.happens(f"a smarthost says 535: {URL}")
    told = f"{URL} refuses our login"
    screen, _ = world.type("loftbox status")
    assert f"mail waits: {told}" in screen
    assert "loftbox domain set DOMAIN --smarthost URL --password-file FILE" in screen
    screen, code = world.type("loftbox doctor")
    assert (told in screen, code) == (True, 3)
    assert f"Smarthost refuses our login: {URL}: 535 5.7.8 bad password" in world.type("loftbox logs")[0]
    world.type(f"echo better | {SET} --password-file -")
    for command in ("loftbox status", "loftbox doctor"):
        assert "refuses our login" not in world.type(command)[0]


@pytest.mark.usefixtures("store")
def test_status_lists_the_destinations_that_rest_until_their_rest_is_over(world: SessionWorld) -> None:
    world.happens("a site rests for half an hour: slow.example")
    screen, _ = world.type("loftbox status --fields resting")
    assert "slow.example 2026-11-21T10:11:02Z 421 4.7.0 [TSS04]" in screen
    world.happens("time passes: 30m")
    assert "slow.example" not in world.type("loftbox status")[0]


@pytest.mark.usefixtures("store")
def test_settings_whose_smarthost_has_no_password_are_not_good(
    world: SessionWorld, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOFTBOX_DELIVERY_NEXT_HOP", URL)
    screen, code = world.type("loftbox config check")
    assert (code, "there is no password" in screen) == (78, True)
    (store / "next_hop.password").write_text("secret\n")
    (store / "next_hop.password").chmod(0o600)
    assert world.type("loftbox config check")[1] == 0
