import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from loftbox_cli.cli import draft_options
from loftbox_cli.core.draft import MAX_MESSAGE, File
from loftbox_cli.core.errors import BadInput, TooLarge
from loftbox_cli.core.reading import Party


def typed(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(octets)))


def test_an_address_stands_alone_or_with_a_name() -> None:
    found = draft_options.parties(["a@example.com", '"Doe, Jane" <jane@example.com>'], field="--to")
    assert found == (Party("a@example.com", ""), Party("jane@example.com", "Doe, Jane"))


def test_a_text_comes_from_its_option_a_file_or_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "t.txt").write_bytes(b"\xef\xbb\xbfgr\xc3\xbcn\n")
    typed(monkeypatch, b"piped")
    assert draft_options.one_text("said", "", field="--text") == "said"
    assert draft_options.one_text("", str(tmp_path / "t.txt"), field="--text") == "grün\n"
    assert draft_options.one_text("", "-", field="--text") == "piped"


def test_a_text_that_is_not_utf_8_is_refused_with_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, b"gr\xfcn")
    with pytest.raises(BadInput, match="octet 2 does not fit"):
        draft_options.one_text("", "-", field="--text")


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("order.pdf", "application/pdf"),
        ("order.tar.gz", "application/octet-stream"),
        ("mail.eml", "application/octet-stream"),
        ("order", "application/octet-stream"),
    ],
)
def test_a_file_is_attached_under_its_own_name_and_type(tmp_path: Path, name: str, content_type: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert draft_options.attachments([str(tmp_path / name)]) == (File(name, content_type, b"x"),)


@pytest.mark.parametrize("path", ["gone", ".", "nul\0l", "x" * 5000])
def test_what_is_no_file_that_can_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as caught:
        draft_options.attachments([path])
    assert caught.value.field == "--attach"


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(MAX_MESSAGE + 1)
    with pytest.raises(TooLarge, match="over the limit"):
        draft_options.attachments([str(path)])


def test_standard_input_is_read_once() -> None:
    draft_options.one_stdin("-", "page.html")
    with pytest.raises(BadInput, match="read once"):
        draft_options.one_stdin("-", "-")


def test_a_header_is_a_name_and_a_value() -> None:
    assert draft_options.headers(["X-Ticket: a:b", "X-Empty:"]) == (("X-Ticket", "a:b"), ("X-Empty", ""))
