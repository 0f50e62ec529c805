import io

import pytest

from loftbox_cli.cli.ids_from_stdin import MOST, ids
from loftbox_cli.core.errors import BadInput


def test_ids_on_the_command_line_are_taken_as_they_are() -> None:
    assert ids(["msg_1", "msg_2", "msg_1"]) == ("msg_1", "msg_2")


def test_a_dash_stands_for_the_ids_on_standard_input() -> None:
    stdin = io.StringIO("msg_2\nmsg_3\topen\tyes\n\n  msg_4  \n")
    assert ids(["msg_1", "-", "msg_2"], stdin=stdin) == ("msg_1", "msg_2", "msg_3", "msg_4")


@pytest.mark.parametrize("text", ["", "\n \n\t\n"])
def test_a_dash_without_any_id_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no ids"):
        ids(["-"], stdin=io.StringIO(text))


def test_more_ids_than_anybody_means_are_refused() -> None:
    with pytest.raises(BadInput, match="over 10000"):
        ids(["-"], stdin=io.StringIO("\n".join(f"msg_{n}" for n in range(MOST + 1))))
