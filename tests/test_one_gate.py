"""There is one way out: what the sources themselves say about it."""

import ast
from functools import cache
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "loftbox_cli"
GATE = "services/gate.py"
# Where a message comes into the store: ours by the gate, others' as they are taken in.
STORED = {"tx.deliveries": {GATE}, "tx.messages": {GATE, "services/intake.py"}}


@cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """Every node of the files that have to do with messages, each with its file."""
    return tuple(
        (path.relative_to(SOURCES).as_posix(), node)
        for path in sorted(SOURCES.rglob("*.py"))
        if b"tx." in (source := path.read_bytes()) or b"MessageState" in source or b"Delivery" in source
        for node in ast.walk(ast.parse(source))
    )


@pytest.mark.rule("D7")
@pytest.mark.parametrize(("shelf", "places"), STORED.items())
def test_only_the_gate_makes_something_that_can_leave(shelf: str, places: set[str]) -> None:
    """Also under another name, for each mention counts and not only a call."""
    adding = {f"{shelf}.add", f"{shelf}.add_all"}
    found = {
        file for file, node in nodes() if isinstance(node, ast.Attribute) and ast.unparse(node) in adding
    }
    assert found == places


@pytest.mark.rule("D7")
def test_only_the_gate_releases_a_message() -> None:
    found = {
        file
        for file, node in nodes()
        if isinstance(node, ast.keyword)
        and node.arg == "state"
        and "MessageState.RELEASED" in ast.unparse(node.value)
    }
    assert found == {GATE}


@pytest.mark.rule("D7")
def test_a_delivery_is_made_of_nothing_but_the_envelope_that_passed() -> None:
    """Nowhere else is one put together, and nowhere is one given to somebody else."""
    made = {
        file
        for file, node in nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Delivery" and file.startswith("services")
    }
    assert made == {GATE}
    given = [
        file
        for file, node in nodes()
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "replace"
        and any(each.arg in ("recipient", "message_id", "mail_from") for each in node.keywords)
        and file.startswith("services")
    ]
    assert given == []
