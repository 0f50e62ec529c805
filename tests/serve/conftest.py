"""Gateways for the tests beside: each has a store of its own, copied from one that was made once."""

import contextlib
import itertools
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.serve.gateway import Gateway, new_gateway
from tests.serve.prepared import Keys, prepare

OpenGateway = Callable[..., Gateway]


@dataclass(frozen=True, slots=True)
class Made:
    """A store that `loftbox init` made and that was filled, with nobody at work on it."""

    store: Path
    keys: Keys


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    gateway = new_gateway(tmp_path_factory.mktemp("made"))
    subprocess.run(
        [sys.executable, "-m", "loftbox_cli", "--config", gateway.file, "init"],
        env=gateway.environ,
        check=True,
        capture_output=True,
    )
    with gateway.opened(alone=True) as loftbox:
        return Made(gateway.store, prepare(loftbox))


@pytest.fixture
async def open_gateway(made: Made, tmp_path: Path) -> AsyncIterator[OpenGateway]:
    """Make gateways with these settings by section; they end with the test."""
    numbers = itertools.count(1)
    async with contextlib.AsyncExitStack() as closing:

        def opened(**settings: Mapping[str, Any]) -> Gateway:
            folder = tmp_path / f"gateway{next(numbers)}"
            folder.mkdir()
            gateway = new_gateway(folder, **settings)
            shutil.copytree(made.store, gateway.store)
            closing.push_async_callback(gateway.close)
            return gateway

        yield opened


@pytest.fixture
def keys(made: Made) -> Keys:
    return made.keys
