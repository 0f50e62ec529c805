"""`loftbox doctor` on gateways that are well, and on some that are not."""

import json
import socket
import threading
from pathlib import Path

import pytest

from tests.cli.session_world import SessionWorld

FIELDS = ["object", "name", "state", "fact", "fix"]
INIT = "loftbox init --hostname mx.example.com --operator anna@example.com --name Anna"


@pytest.fixture
def store(world: SessionWorld) -> Path:
    world.type(INIT)
    return world.home / "data/loftbox"


def looked(world: SessionWorld, options: str = "") -> tuple[dict[str, dict[str, str]], int]:
    """The findings by name, of several of one name the first; and the exit code."""
    screen, code = world.type(f"loftbox doctor --json {options}")
    checks = json.loads(screen)["data"]
    assert [list(check) for check in checks] == [FIELDS] * len(checks)
    return {check["name"]: check for check in reversed(checks)}, code


def wrong(checks: dict[str, dict[str, str]]) -> list[str]:
    return [name for name, check in checks.items() if check["state"] == "wrong"]


@pytest.mark.usefixtures("store")
def test_a_new_gateway_is_well_and_told_to_be_started(world: SessionWorld) -> None:
    checks, code = looked(world)
    assert (wrong(checks), code) == ([], 0)
    assert checks["gateway"]["fix"] == "loftbox serve"
    assert [checks[name]["state"] for name in ("smtp", "http")] == ["unknown", "unknown"]
    assert "self-signed" in checks["smtp certificate"]["fact"]


def test_without_a_store_the_names_and_the_store_are_told(world: SessionWorld) -> None:
    checks, code = looked(world)
    assert code == 3
    assert sorted(wrong(checks)) == ["hostname", "operator", "store"]
    assert checks["store"]["fix"] == "loftbox init makes one"


@pytest.mark.usefixtures("store")
def test_settings_that_are_not_good_are_all_that_can_be_told(
    world: SessionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOFTBOX_SMTP_PORT", "twenty-five")
    checks, code = looked(world)
    assert (list(checks), code) == (["settings"], 3)
    assert "LOFTBOX_SMTP_PORT" in checks["settings"]["fact"]


def test_files_that_others_may_read_are_told_with_the_command(world: SessionWorld, store: Path) -> None:
    (store / "loftbox.db").chmod(0o644)
    checks, code = looked(world)
    assert (wrong(checks), code) == (["files"], 3)
    assert checks["files"]["fix"] == f"chmod go= {store}/loftbox.db"


def test_another_master_key_is_told_to_open_nothing(world: SessionWorld, store: Path) -> None:
    (store / "master.key").write_bytes(b"k" * 32)
    checks, code = looked(world)
    assert (wrong(checks), code) == (["master key"], 3)
    (store / "master.key").unlink()
    assert wrong(looked(world)[0]) == ["master key"]


def test_a_certificate_that_ran_out_or_is_none_is_told(world: SessionWorld, store: Path) -> None:
    world.clock.advance(days=3651)
    assert wrong(looked(world)[0]) == ["smtp certificate"]
    (store / "smtp.crt").write_text("no PEM")
    checks, code = looked(world)
    assert (wrong(checks), code) == (["smtp certificate"], 3)


@pytest.mark.usefixtures("store")
def test_a_clock_that_went_back_is_told(world: SessionWorld) -> None:
    world.type("loftbox pause gateway")
    world.clock.advance(hours=-2)
    checks, code = looked(world)
    assert (wrong(checks), code) == (["clock"], 3)


def test_of_a_damaged_store_nothing_more_is_asked(world: SessionWorld, store: Path) -> None:
    with (store / "loftbox.db").open("r+b") as raw:
        raw.seek(4096)
        raw.write(b"\xff" * 4096 * 3)
    checks, code = looked(world)
    assert code == 3
    assert wrong(checks) == ["store"]
    assert "clock" not in checks


@pytest.mark.usefixtures("store")
def test_nobody_outside_is_asked_unless_somebody_wants_it(world: SessionWorld) -> None:
    checks, code = looked(world)
    assert (checks["outside"]["state"], code) == ("not_asked", 0)
    assert checks["outside"]["fix"] == "loftbox doctor --outside"
    assert "reverse name" not in checks


@pytest.mark.usefixtures("store")
def test_looking_outside_tells_names_port_25_and_what_was_not_asked(world: SessionWorld) -> None:
    checks, code = looked(world, "--outside")
    assert (wrong(checks), code) == (["reverse name"], 3)
    assert checks["reverse name"]["fact"] == "192.0.2.1 has no name (PTR)"
    assert checks["EHLO name"]["state"] == "warning"
    assert checks["block lists"]["state"] == "not_asked"
    # example.com, the operator's domain, has neither an MX nor an address here.
    assert checks["port 25"]["state"] == "not_asked"
    assert "outside" not in checks


def test_a_listed_address_is_told_with_the_list(
    world: SessionWorld, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.exists()
    monkeypatch.setenv("LOFTBOX_DOCTOR_BLOCK_LISTS", "bad.example, odd.example")
    world.zone.set("192.0.2.1", "PTR", ["mx.example.com."])
    world.zone.set("1.2.0.192.bad.example", "A", ["127.0.0.2"])
    world.zone.set("1.2.0.192.odd.example", "A", ["127.255.255.254"])
    checks, code = looked(world, "--outside")
    assert (wrong(checks), code) == (["block list bad.example"], 3)
    assert checks["block list odd.example"]["state"] == "unknown"


def test_a_port_that_answers_is_open_and_a_smarthost_that_does_not_is_told(
    world: SessionWorld, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.exists()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        monkeypatch.setenv("LOFTBOX_DOCTOR_PROBE", "probe.example")
        monkeypatch.setenv("LOFTBOX_DELIVERY_PORT", str(port))
        monkeypatch.setenv("LOFTBOX_DELIVERY_ALLOW_NETWORKS", "127.0.0.0/8")
        world.zone.set("probe.example", "A", ["127.0.0.1"])
        greeter = threading.Thread(target=greet, args=(listening,))
        greeter.start()
        checks, _ = looked(world, "--outside")
        greeter.join()
    assert checks["port 25"]["state"] == "ok"
    assert "220 probe.example" in checks["port 25"]["fact"]
    monkeypatch.setenv("LOFTBOX_DELIVERY_NEXT_HOP", f"127.0.0.1:{port}")
    checks, code = looked(world, "--outside")
    assert (checks["smarthost"]["state"], code) == ("wrong", 3)
    assert checks["port 25"]["fact"] == "not dialed: all mail leaves through a smarthost"


def greet(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"220 probe.example ESMTP\r\n")
        connection.recv(100)


@pytest.mark.usefixtures("store")
def test_the_store_of_another_user_is_told_with_the_command(
    world: SessionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    for line in ("loftbox doctor", "loftbox db check", "loftbox db backup copy.db"):
        screen, code = world.type(line)
        assert code == 78
        assert "run: sudo -u " in screen
