"""The house keeps its own rules: form, lint, floors and types."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent


def agreed(*command: str) -> None:
    """Run a checker over the project; show what it said where it objects."""
    done = subprocess.run(
        [PROGRAMS / command[0], *command[1:]],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"$ {' '.join(command)}\n{done.stdout}", pytrace=False)


def test_every_file_has_the_form_that_the_formatter_gives() -> None:
    agreed("ruff", "format", "--check", "--diff", "--quiet", ".")


def test_no_file_breaks_a_lint_rule() -> None:
    agreed("ruff", "check", "--output-format", "concise", "--quiet", ".")


def test_arrows_between_the_floors_point_down_only() -> None:
    agreed("lint-imports")


def test_every_type_fits() -> None:
    agreed("mypy", "--no-error-summary")
