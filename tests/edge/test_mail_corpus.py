"""Every mail of the corpus reads as the file beside it says."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from loftbox_cli.edge.mail_read import wire
from loftbox_cli.edge.mail_read.parse import read

CORPUS = Path(__file__).parents[1] / "corpus"
MAILS = sorted(CORPUS.glob("*.eml"))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_mail_reads_as_expected(mail: Path) -> None:
    raw = mail.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n"), "a mail on the wire has CRLF"
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    reading = json.loads(json.dumps(asdict(read(raw))))
    assert {name: reading[name] for name in expected} == expected


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_reading_travels_between_processes_unchanged(mail: Path) -> None:
    reading = read(mail.read_bytes())
    assert wire.decode(wire.encode(reading)) == reading


def test_no_expectation_lacks_its_mail() -> None:
    assert {path.stem for path in CORPUS.glob("*.json")} == {path.stem for path in MAILS}
