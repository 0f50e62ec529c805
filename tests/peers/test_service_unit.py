"""systemd's own judgement of the files in config/."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.programs import wanted_program

pytestmark = pytest.mark.peer

CONFIG = Path(__file__).parents[2] / "config"


def test_systemd_finds_nothing_to_complain_about_in_the_unit(tmp_path: Path) -> None:
    text = (CONFIG / "loftbox.service").read_text()
    # The program lies elsewhere on a machine that runs the tests from a checkout.
    text = re.sub(r"^ExecStart=/\S+", f"ExecStart={sys.executable}", text, flags=re.MULTILINE)
    unit = tmp_path / "loftbox.service"
    unit.write_text(text)
    command = [wanted_program("systemd-analyze"), "verify", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # An unknown key is only a warning, so that silence is what counts.
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_leaves_little_of_the_system_exposed() -> None:
    unit = CONFIG / "loftbox.service"
    command = [wanted_program("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(unit)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_systemd_would_make_the_user(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    command = [
        wanted_program("systemd-sysusers"), "--dry-run", f"--root={tmp_path}",
        str(CONFIG / "loftbox.sysusers.conf"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Creating user 'loftbox' (LoftBox mail gateway)" in done.stdout + done.stderr
