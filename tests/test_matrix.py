"""Every mail requirement that this version claims is held by a test, and the matrix tells by which."""

import ast
import re

import pytest

from tests.matrix import MATRIX, PRIORITIES, Row, marked, marks_of, rows, unheld, written


def test_every_must_and_should_that_is_claimed_is_held_by_a_test() -> None:
    assert unheld(rows(), marked()) == []


def test_no_test_holds_a_row_that_does_not_exist() -> None:
    assert marked().keys() - rows().keys() == set()


def test_no_row_is_planned_that_tests_already_hold() -> None:
    assert [name for name, row in rows().items() if row.planned and name in marked()] == []


@pytest.mark.parametrize(("name", "row"), rows().items(), ids=rows())
def test_a_row_is_claimed_or_planned_and_names_its_source(name: str, row: Row) -> None:
    assert re.fullmatch(r"[IO]\d+b?|[ABDFG]\d+", name)
    assert bool(row.since) != bool(row.planned)
    assert row.priority in PRIORITIES
    assert row.source
    assert row.requirement


def test_the_matrix_is_fresh() -> None:
    assert MATRIX.read_text(encoding="utf-8") == written(), "write it again: python -m tests.matrix"


def test_a_mark_is_found_on_a_test_and_on_a_whole_file() -> None:
    source = """
pytestmark = [pytest.mark.peer, pytest.mark.rule("I1")]
@pytest.mark.rule("I2")
@pytest.mark.parametrize("x", [1])
async def test_one(x): ...
def test_two(): ...
def helper(): ...
"""
    found = list(marks_of(ast.parse(source)))
    assert found == [("I1", "test_one"), ("I2", "test_one"), ("I1", "test_two")]


def test_a_claimed_row_without_a_test_is_named() -> None:
    table = {
        "I1": Row("a", "b", "M", since="0.1"),
        "I2": Row("a", "b", "C", since="0.1"),
        "I3": Row("a", "b", "M", planned="c"),
    }
    assert unheld(table, {}) == ["I1"]
    assert unheld(table, {"I1": ["a test"]}) == []
