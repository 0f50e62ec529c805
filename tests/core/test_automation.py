"""Whether a person wrote a mail."""

import pytest

from loftbox_cli.core.automation import classify
from loftbox_cli.core.reading import Automation


@pytest.mark.parametrize(
    ("headers", "automation"),
    [
        ([], Automation.NONE),
        ([("Auto-Submitted", "no")], Automation.NONE),
        ([("Auto-Submitted", "auto-replied (vacation)")], Automation.AUTO_REPLIED),
        ([("Auto-Submitted", "auto-replied; owner-email=x@example.com")], Automation.AUTO_REPLIED),
        ([("auto-submitted", "Auto-Replied")], Automation.AUTO_REPLIED),
        ([("Auto-Submitted", "auto-generated")], Automation.AUTO_GENERATED),
        ([("Auto-Submitted", "something-new")], Automation.AUTO_GENERATED),
        ([("X-Autoreply", "yes")], Automation.AUTO_REPLIED),
        ([("Precedence", "auto_reply")], Automation.AUTO_REPLIED),
        ([("X-Auto-Response-Suppress", "All")], Automation.AUTO_GENERATED),
        ([("List-Id", "<team.example.com>")], Automation.LIST),
        ([("Precedence", "bulk")], Automation.LIST),
        ([("Precedence", "normal")], Automation.NONE),
        (
            [("Content-Type", "multipart/report; report-type=delivery-status; boundary=x")],
            Automation.BOUNCE,
        ),
        (
            [("Content-Type", "multipart/report; report-type=disposition-notification; boundary=x")],
            Automation.AUTO_GENERATED,
        ),
        ([("X-LoftBox-Loop", "other.example")], Automation.NONE),
        ([("Auto-Submitted", "auto-replied"), ("X-LoftBox-Loop", "Example.ORG")], Automation.OWN),
    ],
)
def test_the_header_tells_who_wrote_it(headers: list[tuple[str, str]], automation: Automation) -> None:
    assert classify(headers, own={"example.org"}) is automation


def test_a_mail_without_a_return_path_is_never_from_a_person() -> None:
    assert classify([("From", "Jane <jane@example.com>")], null_sender=True) is Automation.AUTO_GENERATED
    assert classify([("From", "MAILER-DAEMON@mx.example.com")], null_sender=True) is Automation.BOUNCE
    assert classify([("Auto-Submitted", "auto-replied")], null_sender=True) is Automation.AUTO_REPLIED
