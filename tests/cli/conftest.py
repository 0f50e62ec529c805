import os

import pytest


@pytest.fixture(autouse=True)
def _no_settings_of_the_tester(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have a gateway of their own, set up by variables."""
    for name in os.environ:
        if name.startswith("LOFTBOX_"):
            monkeypatch.delenv(name)
