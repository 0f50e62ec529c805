"""`loftbox doctor` on gateways that are well, and on some that are not."""

import json
from pathlib import Path

import pytest

from tests.cli.session_world import SessionWorld

FIELDS = ["object", "name", "state", "fact", "fix"]
INIT = "loftbox init --hostname mx.example.com --operator anna@example.com --name Anna"


@pytest.fixture
def store(world: SessionWorld) -> Path:
    world.type(INIT)
    return world.home / "data/loftbox"


def looked(world: SessionWorld) -> tuple[dict[str, dict[str, str]], int]:
    """The findings by name, of several of one name the first; and the exit code."""
    screen, code = world.type("loftbox doctor --json")
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
def test_the_store_of_another_user_is_told_with_the_command(
    world: SessionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 54321)
    for line in ("loftbox doctor", "loftbox db check", "loftbox db backup copy.db"):
        screen, code = world.type(line)
        assert code == 78
        assert "run: sudo -u " in screen
