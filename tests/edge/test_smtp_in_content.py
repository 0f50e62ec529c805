"""Which messages the SMTP door refuses for their form."""

import pytest

from loftbox_cli.edge.smtp_in.content import refusal_for

HOST = "mx.loftbox.test"
THEIRS = b"Received: from a.test by b.test; Sun, 22 Nov 2026 12:00:00 +0000\r\n"
OURS = b"received :\tfrom a.test\r\n\tby MX.LoftBox.test with ESMTP;\r\n\tSun, 22 Nov 2026 12:00:00 +0000\r\n"
BODY = b"\r\nbody\r\n"


@pytest.mark.rule("I4")
@pytest.mark.rule("I16")
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\r\n", id="an empty line"),
        pytest.param(b"\r\nReceived: in the body\r\n" * 200, id="a body alone"),
        pytest.param(b"Subject: no body\r\n", id="a header alone"),
        pytest.param(b"A: b\r\n" * 1000 + BODY, id="1,000 fields"),
        pytest.param(b"A: b\r\n" + b"\tc\r\n" * 10_000 + BODY, id="10,000 folds"),
        pytest.param(b"A: " + b"b" * (64 * 1024 - 3) + BODY, id="a field of 64 KiB"),
        pytest.param(b"\r\n" + b"x" * 64 * 1024 + b"\r\n", id="a line of 64 KiB"),
        pytest.param(
            b"A: b\r\n\r\n" + b"x" * 60_000 + b"\r\n" + b"y" * 60_000 + b"\r\n", id="two long lines"
        ),
        pytest.param(THEIRS * 100 + BODY, id="100 Received fields"),
        pytest.param(OURS * 4 + BODY, id="4 of our own"),
        pytest.param(THEIRS * 9 + b"Subject: by mx.loftbox.test\r\n" * 9 + BODY, id="our name elsewhere"),
        pytest.param(THEIRS.replace(b"b.test", b"mx.loftbox.test.evil.test") * 9, id="a name like ours"),
        pytest.param(THEIRS.replace(b"b.test", b"notmx.loftbox.test") * 9, id="another name like ours"),
        pytest.param(b"Received-SPF: pass\r\n" * 200 + BODY, id="fields with names like Received"),
    ],
)
def test_mail_within_the_limits_goes_on(content: bytes) -> None:
    assert refusal_for(content, HOST) is None


@pytest.mark.rule("A12")
@pytest.mark.parametrize(
    ("content", "reply"),
    [
        pytest.param(b"\r\n" + b"x" * (64 * 1024 + 1) + b"\r\n", "500 5.5.2", id="a line over 64 KiB"),
        pytest.param(
            b"A: b\r\n" * 9 + b"\r\n" + (b"x" * 70 + b"\r\n") * 2000 + b"y" * 65_537 + b"\r\n",
            "500 5.5.2",
            id="a long line at the end",
        ),
        pytest.param(b"A: b\r\n" * 1001 + BODY, "552 5.3.4", id="1,001 fields"),
        pytest.param(b"A: b\r\n" * 1001, "552 5.3.4", id="1,001 fields and no body"),
        pytest.param(b"A:\r\n" + b" b\r\n" * 22_000 + BODY, "552 5.3.4", id="a field over 64 KiB"),
        pytest.param((b"A:\r\n" + b" b\r\n" * 900) * 80 + BODY, "552 5.3.4", id="a header over 256 KiB"),
        pytest.param((b"x" * 70 + b"\r\n") * 5000, "552 5.3.4", id="no end of the header"),
    ],
)
@pytest.mark.rule("I32")
def test_mail_over_the_limits_is_refused(content: bytes, reply: str) -> None:
    assert (refusal_for(content, HOST) or "").startswith(reply)


@pytest.mark.rule("A13")
@pytest.mark.rule("I16")
@pytest.mark.parametrize("content", [THEIRS * 101 + BODY, OURS * 5 + BODY, OURS * 5])
def test_mail_that_goes_in_circles_is_refused(content: bytes) -> None:
    assert (refusal_for(content, HOST) or "").startswith("554 5.4.6")
