import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.session_world import SessionWorld, served_zone


@pytest.fixture(autouse=True)
def _no_settings_of_the_tester(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a gateway of their own, set up by variables."""
    for name in os.environ:
        if name.startswith("LOFTBOX_"):
            monkeypatch.delenv(name)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SessionWorld]:
    with served_zone() as zone:
        yield SessionWorld(tmp_path, monkeypatch, zone)
    monkeypatch.undo()
    time.tzset()
