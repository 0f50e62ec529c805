"""Who answered, a person or a program: each mail is of the class that the file beside it names."""

import json
from pathlib import Path

import pytest

from loftbox_cli.edge.mail_read.parse import read

CORPUS = Path(__file__).parents[1] / "corpus" / "automatic"
MAILS = sorted(CORPUS.glob("*.eml"))


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_mail_is_known_as_a_persons_or_a_programs(mail: Path) -> None:
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    reading = read(mail.read_bytes())
    assert {"automation": reading.automation.value} == expected
    assert bool(reading.automation_evidence) == (reading.automation.value != "none")


def test_no_class_lacks_its_mail() -> None:
    assert {path.stem for path in CORPUS.glob("*.json")} == {path.stem for path in MAILS}
