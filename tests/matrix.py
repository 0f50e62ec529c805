"""Write the matrix of mail requirements and of attacks, their sources and the tests that hold them.

    python -m tests.matrix

Rows come from tests/requirements.toml. A test holds a row by `@pytest.mark.rule("I14")`,
by a `pytestmark` of its file, or as a dialog by its line "# rule: I14".
`tests/test_matrix.py` fails when the file is not what this gives now.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
MATRIX = TESTS / "REQUIREMENTS.md"
PRIORITIES = {"M": "must", "S": "should", "C": "could"}

HEAD = """\
# Mail requirements, attacks and failures, and the tests that hold them

Made by `python -m tests.matrix` from `tests/requirements.toml` and the marks on the tests.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement. It has `since`, the version that claims it, or `planned`, what it waits for."""

    requirement: str
    source: str
    priority: str
    since: str = ""
    planned: str = ""


def rows() -> dict[str, Row]:
    """Read all rows, by their ids, in order."""
    table = tomllib.loads((TESTS / "requirements.toml").read_text(encoding="utf-8"))
    return {name: Row(**row) for name, row in table.items()}


def marked() -> dict[str, list[str]]:
    """Find the tests that hold each row, as paths below tests/."""
    found = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for row, test in marks_of(ast.parse(path.read_text(encoding="utf-8"))):
            found[row].append(f"{path.relative_to(TESTS)}::{test}")
    for path in sorted((TESTS / "dialogs").glob("*.txt")):
        for line in re.findall(r"(?m)^# rule:(.*)$", path.read_text(encoding="utf-8")):
            for row in line.split():
                found[row].append(f"{path.relative_to(TESTS)}")
    return found


def marks_of(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Find the rows that a file's tests hold, each with the name of its test."""
    everywhere: set[str] = set()
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                everywhere.update(_marks(value))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test_"):
                own = {row for decorator in statement.decorator_list for row in _marks(decorator)}
                yield from ((row, name) for row in sorted(own | everywhere))


def _marks(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="rule"), args=[ast.Constant(value=str(row))]):
                yield row


def written() -> str:
    """Make the matrix anew."""
    held = marked()
    return "\n".join([HEAD, *(_part(name, row, held.get(name, ())) for name, row in rows().items())])


def _part(name: str, row: Row, tests: Sequence[str]) -> str:
    claim = f"since {row.since}" if row.since else f"planned: {row.planned}"
    return "\n".join(
        [
            f"## {name}: {row.requirement}",
            "",
            f"{PRIORITIES[row.priority]}; {claim}; {row.source}",
            "",
            *(f"- {_said(test)}" for test in tests),
            *([""] if tests else []),
        ]
    )


def _said(test: str) -> str:
    """Say a test's name as the sentence that it is."""
    path, _, name = test.partition("::")
    sentence = name.removeprefix("test_").replace("_", " ")
    return f"{sentence} (`{path}`)" if sentence else f"`{path}`"


def unheld(table: Mapping[str, Row], held: Mapping[str, Sequence[str]]) -> list[str]:
    """List the rows that are claimed as musts and shoulds, and that no test holds."""
    return [name for name, row in table.items() if row.since and row.priority != "C" and name not in held]


def main() -> None:
    """Write the matrix where it lies."""
    MATRIX.write_text(written(), encoding="utf-8")


if __name__ == "__main__":
    main()
