"""A password comes from a file or from standard input, and is never repeated."""

import io
from pathlib import Path

import pytest

from loftbox_cli.cli.password import read_password
from loftbox_cli.core.errors import BadInput


def test_a_password_is_one_line_of_a_file_or_of_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "password"
    file.write_text(" open sesame \r\n")
    assert read_password(str(file)) == " open sesame "
    monkeypatch.setattr("sys.stdin", io.StringIO("from a pipe\n"))
    assert read_password("-") == "from a pipe"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file"):
        read_password(str(tmp_path / "none"))
    (tmp_path / "octets").write_bytes(b"\xff")
    with pytest.raises(BadInput, match="it is no text"):
        read_password(str(tmp_path / "octets"))
