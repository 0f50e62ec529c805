"""What the loops ask again and again walks a partial index, whatever else is stored."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.edge.store import archive, due, file, lanes


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Any]:
    path = tmp_path / "store.db"
    file.make(path)
    with closing(file.open_reader(path)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (lanes.OLDEST, "SCAN deliveries USING INDEX deliveries_due"),
        (due._NOTIFICATIONS, "SEARCH notifications USING INDEX notifications_due (next_at<?)"),
        (due._NEXT_NOTIFICATION, "SCAN notifications USING INDEX notifications_due"),
    ],
)
def test_what_is_due_is_found_by_its_partial_index(connection: Any, sql: str, index: str) -> None:
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", {"now": 0, "busy": "[]"}).fetchall()
    assert plan[0][3] == index
    assert not any("USE TEMP B-TREE FOR ORDER BY" in row[3] for row in plan)


def test_a_mail_that_came_before_is_looked_for_only_among_those_whose_bytes_did(connection: Any) -> None:
    given = {"fingerprint": "f", "since": 0}
    (step,) = connection.execute(f"EXPLAIN QUERY PLAN {due.ALIKE}", given)
    assert step[3] == "SEARCH arrivals USING INDEX arrivals_alike (fingerprint=? AND received_at>?)"


@pytest.mark.parametrize(
    "sql", [archive.BORNE, archive.MENTIONED, archive.OUTLINE, archive.RELATED, archive.TURN]
)
def test_what_a_new_mail_belongs_to_is_found_without_reading_the_rest_of_its_mailbox(
    connection: Any, sql: str
) -> None:
    given = {"ids": "[]", "mailbox_id": "", "thread_id": "", "most": 1}
    steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
    assert not any(step.startswith("SCAN") and "json_each" not in step for step in steps)
    assert not any("messages_of_mailbox" in step for step in steps)
