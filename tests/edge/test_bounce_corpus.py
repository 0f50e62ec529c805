"""What comes back from the hosts of this world, each in its own words, reads as the file beside it says.

The specimens are written for this corpus after the forms of the hosts that they are named for.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loftbox_cli.core.mail_report import MailReport
from loftbox_cli.edge.mail_read import mime, report_status, report_text
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


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_the_reading_of_a_mail_carries_its_report(mail: Path) -> None:
    raw = mail.read_bytes()
    reading = read(raw)
    assert reading.report == reported(raw)
    assert (reading.automation.value == "bounce") == bool(
        reading.report and reading.report.kind.value == "delivery_status"
    )


_LINES = st.sampled_from(
    [
        "Final-Recipient: rfc822; jane@example.com",
        "Original-Recipient: rfc822;",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550",
        "",
        " folded",
        "<jane@example.com>:",
        "550 5.1.1 unknown",
        "--- Below this line is a copy of the message.",
        "Message-ID: <a@b>",
        "@@@ <<<>>> ;;;",
    ]
)


@given(st.lists(_LINES | st.text(max_size=40), max_size=30))
def test_any_machine_part_and_any_text_can_be_read(lines: list[str]) -> None:
    text = "\n".join(lines)
    for group in report_status.parse(text).recipients:
        report_status.reported(group, around=text)
    for one in report_text.failures(report_text.halve(text).said)[1]:
        assert "@" in one.address


@settings(max_examples=60)
@given(st.sampled_from(MAILS), st.integers(0, 4_000), st.binary(max_size=60))
def test_a_damaged_report_is_still_a_mail(mail: Path, place: int, damage: bytes) -> None:
    raw = mail.read_bytes()
    reported(raw[:place] + damage + raw[place + len(damage) :])


@pytest.mark.parametrize(
    "piece",
    ["a@", "<a@b.c>:\n", "a" * 60, "rcpt to:", "message to ", "5.1.1 ", "--", " \n", "Status: 5\n", "(" * 9],
)
def test_a_long_text_is_read_only_as_far_as_a_report_goes(piece: str) -> None:
    text = "From: mailer-daemon@example.com\r\n\r\nundeliverable\r\n" + piece * (400_000 // len(piece))
    report = reported(text.encode())
    assert report is None or len(report.recipients) <= report_status.MOST_RECIPIENTS
