"""mandoc's own judgement of the manual pages."""

import subprocess
from pathlib import Path

import pytest

from tests.peers.programs import wanted_program

pytestmark = pytest.mark.peer

MAN = Path(__file__).parents[2] / "man"


def test_mandoc_finds_nothing_to_complain_about_in_any_page() -> None:
    pages = sorted(str(page) for page in MAN.glob("*/*"))
    command = [wanted_program("mandoc"), "-Tlint", "-Wwarning", *pages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
