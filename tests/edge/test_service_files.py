from pathlib import Path

from loftbox_cli.cli.exit_codes import ExitCode
from loftbox_cli.core.duration import parse_duration
from loftbox_cli.edge.config_file.places import SERVICE_SETTINGS, SERVICE_STORE, SERVICE_USER
from loftbox_cli.edge.config_file.settings import Settings
from loftbox_cli.edge.system.master_key import CREDENTIAL

CONFIG = Path(__file__).parents[2] / "config"


def unit() -> dict[str, str]:
    lines = (CONFIG / "loftbox.service").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def test_the_service_has_the_user_and_the_folders_that_commands_look_for() -> None:
    service = unit()
    assert service["User"] == service["Group"] == SERVICE_USER
    assert Path("/var/lib") / service["StateDirectory"] == SERVICE_STORE
    assert Path("/etc") / service["ConfigurationDirectory"] == SERVICE_SETTINGS


def test_systemd_waits_longer_than_a_stop_may_take() -> None:
    assert int(unit()["TimeoutStopSec"]) > Settings().limits.shutdown_grace.total_seconds()


def test_systemd_does_not_repeat_what_an_operator_has_to_mend() -> None:
    service = unit()
    assert int(service["RestartPreventExitStatus"]) == ExitCode.BAD_CONFIGURATION
    assert service["Restart"] == "on-failure"


def test_the_credential_in_the_comment_has_the_name_that_is_looked_for() -> None:
    assert f"#LoadCredentialEncrypted={CREDENTIAL}:" in (CONFIG / "loftbox.service").read_text()


def test_a_service_that_fails_is_given_up_at_some_point() -> None:
    service = unit()
    interval = parse_duration(service["StartLimitIntervalSec"].replace("min", "m")).total_seconds()
    assert interval > int(service["RestartSec"]) * int(service["StartLimitBurst"])


def test_user_and_folders_are_made_with_one_owner() -> None:
    assert (
        f'u {SERVICE_USER} - "LoftBox mail gateway" {SERVICE_STORE}'
        in (CONFIG / "loftbox.sysusers.conf").read_text()
    )
    folders = (CONFIG / "loftbox.tmpfiles.conf").read_text()
    assert f"d {SERVICE_STORE} 0700 {SERVICE_USER} {SERVICE_USER} -" in folders
    assert f"d {SERVICE_SETTINGS} 0755 root root -" in folders
