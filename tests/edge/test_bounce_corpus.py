"""What comes back from the hosts of this world, each in its own words, reads as the file beside it says.

The specimens are written for this corpus after the forms of the hosts that they are named for.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loftbox_cli.core.mail_report import MailReport
from loftbox_cli.edge.mail_read import mime
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.edge.mail_read.report import report_of

BOUNCES = Path(__file__).parents[1] / "corpus" / "bounces"
MAILS = sorted(BOUNCES.glob("*.eml"))


def reported(raw: bytes) -> MailReport | None:
    return report_of(tuple(mime.walk(raw)), read(raw).text)


@pytest.mark.rule("O18")
@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_report_tells_whom_it_is_about_and_why(mail: Path) -> None:
    raw = mail.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n"), "a mail on the wire has CRLF"
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    report = reported(raw)
    assert {
        "kind": report.kind.value if report else "",
        "message_ids": list(report.message_ids) if report else [],
        "recipients": [
            {
                "address": one.address,
                "action": one.action.value if one.action else None,
                "status": one.status,
                "class": one.kind.value,
            }
            for one in (report.recipients if report else ())
        ],
    } == expected


def test_no_expectation_lacks_its_report() -> None:
    assert {path.stem for path in BOUNCES.glob("*.json")} == {path.stem for path in MAILS}


def test_the_corpus_holds_sixty_forms() -> None:
    assert len(MAILS) >= 60
