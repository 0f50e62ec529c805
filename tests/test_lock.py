"""The lock files pin what pyproject.toml asks for, by hash, and name no registry."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())

RUN_TIME = PROJECT["project"]["dependencies"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]

PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")


@dataclass(frozen=True, slots=True)
class Pin:
    """One line of a lock file, with the number of hashes that follow it."""

    name: str
    version: str
    hashes: int


def pins(name: str) -> list[Pin]:
    """Read one lock file."""
    found: list[Pin] = []
    for line in (ROOT / name).read_text().splitlines():
        if match := PIN.match(line):
            found.append(Pin(canonicalize_name(match["name"]), match["version"], 0))
        elif line.startswith("    --hash=sha256:"):
            last = found.pop()
            found.append(Pin(last.name, last.version, last.hashes + 1))
        else:
            assert line.lstrip().startswith("#"), f"{name} has a line that is no pin: {line}"
    return found


@pytest.mark.parametrize(
    ("lock", "asked"),
    [("requirements.lock", RUN_TIME), ("requirements-dev.lock", [*RUN_TIME, *DEVELOPMENT])],
)
def test_a_lock_pins_a_version_that_fits_for_everything_asked_for(lock: str, asked: list[str]) -> None:
    pinned = pins(lock)
    wanted = [Requirement(line) for line in asked]
    unmet = [
        str(requirement)
        for requirement in wanted
        if not any(
            pin.name == canonicalize_name(requirement.name) and requirement.specifier.contains(pin.version)
            for pin in pinned
        )
    ]
    assert unmet == [], f"make {lock} again, as README says"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_pin_has_its_hashes(lock: str) -> None:
    assert [pin.name for pin in pins(lock) if pin.hashes == 0] == []


def test_tests_run_with_the_versions_that_are_shipped() -> None:
    assert set(pins("requirements.lock")) <= set(pins("requirements-dev.lock"))
