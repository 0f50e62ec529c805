"""Where files lie, what they are called, how long they are, and what stands in none of them."""

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

FOLDERS = {"config", "loftbox_cli", "man", "tests"}
FILES = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
}
BUILT = {"build", "dist"}

SAYS_NOTHING = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

SOURCE_LINES = 300
TEST_LINES = 400

# A folder of one person's machine, and where one machine gets its packages.
PRIVATE = re.compile(
    r"(?<![\w.*])/(?:root|home|Users|work|workspace|builds)/\w"
    r"|pythonhosted\.org|pypi\.org/simple|pkg\.dev/|deb\.debian\.org|--(?:extra-)?index-url|--find-links"
)

SILENCED = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)?|type:\s*ignore(?:\[[^\]]*\])?)")


def project_files() -> Iterator[Path]:
    """Every file of the project; caches, builds and environments are not of it."""
    for entry in ROOT.iterdir():
        if entry.name in FOLDERS or entry.name == ".ci":
            yield from (
                path for path in entry.rglob("*") if path.is_file() and "__pycache__" not in path.parts
            )
        elif entry.is_file():
            yield entry


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def named(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def test_the_top_level_holds_what_the_card_names_and_nothing_else() -> None:
    seen = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert {name for name in seen - BUILT if not name.endswith(".egg-info")} == FOLDERS | FILES


def test_no_file_has_a_name_that_says_nothing() -> None:
    files = python_files("loftbox_cli", "tests")
    assert named([path for path in files if SAYS_NOTHING & set(path.stem.split("_"))]) == []


def test_no_two_files_of_tests_share_a_name() -> None:
    names = Counter(
        path.name for path in python_files("tests") if path.name not in ("__init__.py", "conftest.py")
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_no_file_is_too_long_to_be_about_one_thing() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {lines} lines, at most {limit}"
        for folder, limit in (("loftbox_cli", SOURCE_LINES), ("tests", TEST_LINES))
        for path in python_files(folder)
        if (lines := len(path.read_text().splitlines())) > limit
    ]
    assert too_long == []


def test_every_source_file_says_what_it_is_about() -> None:
    files = python_files("loftbox_cli")
    silent = [path for path in files if path.name != "__init__.py" and not path.read_text().startswith('"""')]
    assert named(silent) == []


def test_no_file_knows_the_machine_that_it_was_written_on() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in project_files()
        if path != Path(__file__)  # it has to name what it looks for
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if (match := PRIVATE.search(line))
    ]
    assert found == []


def test_whoever_silences_a_check_says_why_beside_it() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}: {comment}"
        for path in python_files("loftbox_cli", "tests")
        for number, comment in silenced_without_reason(path.read_text())
    ]
    assert bare == []


def silenced_without_reason(source: str) -> Iterator[tuple[int, str]]:
    """Find the comments that silence a check, without a word of reason beside or above them."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not SILENCED.search(token.string):
            continue
        row = token.start[0]
        reason_beside = re.search(r"[A-Za-z]", SILENCED.sub("", token.string))
        reason_above = row > 1 and lines[row - 2].lstrip().startswith("#")
        if not (reason_beside or reason_above):
            yield row, token.string


def test_the_command_that_ci_runs_is_the_one_that_the_readme_names() -> None:
    command = (ROOT / ".ci/run").read_text().splitlines()[-1]
    assert command.endswith("pytest")
    assert command in (ROOT / "README.md").read_text()
