"""What a draft may hold: the limits, and no line break anywhere that becomes a header."""

from dataclasses import replace

import pytest

from loftbox_cli.core.compose import compose
from loftbox_cli.core.draft import MAX_MESSAGE, Draft, File, check
from loftbox_cli.core.errors import BadAddress, BadInput, TooLarge
from loftbox_cli.core.reading import Party

JANE = Party("jane@example.com", "Jane")
DRAFT = Draft(to=(JANE,), subject="Hello", text="Good morning\n")
LOGO = File("logo.png", "image/png", b"", "logo")

INJECTIONS = [
    "x\r\nBcc: evil@example.net",
    "x\nBcc: evil@example.net",
    "x\rBcc: evil@example.net",
    "x\n Bcc: evil@example.net",
    "x\r\n\r\n<script>",
    "x\n",
    "\nx",
    "x\0y",
    "x\x0by",
    "x\x0cy",
    "x\x1by",
    "x\ty",
    "x\x7fy",
    "x\x85y",
    "x\u2028Bcc: evil@example.net",
    "x\u2029y",
    "x\ud800y",
    "A 💩 subject=?UTF-8?Q?=0A?=Bcc: evil@example.net",
    "=?UTF-8?Q?=0D=0ABcc:_evil@example.net?=",
    "=?utf-8?b?DQpCY2M6IGV2aWxAZXhhbXBsZS5uZXQ=?=",
    "=?utf-8*en?q?=0A?=",
    "=?iso-8859-1?q?x=00y?=",
    "=?no-such?q?=0A?=",
    "=?utf-8?q?=E2=80=A8?=",
    "=?utf-8?q?=C2=85?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
    "=?utf-8?q?=3D?= =?utf-8?q?=3Futf-8=3Fq=3F=3D0A=3F=3D?=",
]

FIELDS = {
    "subject": lambda text: replace(DRAFT, subject=text),
    "to[0]": lambda text: replace(DRAFT, to=(Party("jane@example.com", text),)),
    "cc[0]": lambda text: replace(DRAFT, cc=(Party("joe@example.com", text),)),
    "bcc[0]": lambda text: replace(DRAFT, bcc=(Party("joe@example.com", text),)),
    "headers.X-Ticket": lambda text: replace(DRAFT, headers=(("X-Ticket", text),)),
    "headers.Keywords": lambda text: replace(DRAFT, headers=(("Keywords", text),)),
    "attachments[0].filename": lambda text: replace(DRAFT, attachments=(File(text, "text/csv", b""),)),
    "attachments[0].content_type": lambda text: replace(DRAFT, attachments=(File("a.csv", text, b""),)),
    "attachments[0].content_id": lambda text: replace(
        DRAFT, html="<img src='cid:x'>", attachments=(File("a.png", "image/png", b"", text),)
    ),
    "labels[0]": lambda text: replace(DRAFT, labels=(text,)),
}


@pytest.mark.rule("D1")
@pytest.mark.parametrize("payload", INJECTIONS)
@pytest.mark.parametrize("field", FIELDS)
def test_what_could_break_a_line_is_refused_with_its_field(field: str, payload: str) -> None:
    draft = FIELDS[field](payload)
    with pytest.raises(BadInput) as refused:
        check(draft)
    assert refused.value.field == field
    with pytest.raises(BadInput):
        compose(draft, from_=Party("agent@example.org"), message_id="<1@example.org>")


@pytest.mark.parametrize("payload", INJECTIONS)
def test_what_could_break_a_line_is_no_address_and_no_header_name(payload: str) -> None:
    with pytest.raises(BadAddress) as refused:
        check(replace(DRAFT, to=(Party(f"{payload}@example.com"),)))
    assert refused.value.field == "to[0]"
    with pytest.raises(BadInput):
        check(replace(DRAFT, headers=((f"X-{payload}", "value"),)))
    with pytest.raises(BadInput):
        compose(DRAFT, from_=Party("agent@example.org", payload), message_id="<1@example.org>")


@pytest.mark.rule("D2")
@pytest.mark.parametrize(
    "name",
    [
        "From",
        "Sender",
        "Return-Path",
        "Received",
        "Bcc",
        "Subject",
        "Date",
        "DKIM-Signature",
        "ARC-Seal",
        "Authentication-Results",
        "Auto-Submitted",
        "x-auto-response-suppress",
        "List-Unsubscribe",
        "Content-Type",
        "X-LoftBox-Loop",
        "x-loftbox-anything",
        "X-",
        "X-A B",
        "X-A:",
        "",
        "X-" + "a" * 63,
    ],
)
def test_headers_that_are_ours_cannot_be_set(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(replace(DRAFT, headers=((name, "value"),)))
    assert refused.value.field.startswith("headers")


@pytest.mark.parametrize(
    "name", ["X-Ticket", "x-ticket", "X-LoftBoxes", "X-Auto-Response-Suppressed", "Keywords", "comments"]
)
def test_headers_on_the_closed_list_can_be_set(name: str) -> None:
    assert check(replace(DRAFT, headers=((name, "value"),))).headers == ((name, "value"),)


def test_nobody_gets_a_message_twice() -> None:
    draft = replace(
        DRAFT,
        to=(JANE, Party("JANE@example.com"), Party("joe@example.com")),
        cc=(Party("Joe@EXAMPLE.com"), Party("ann@example.com")),
        bcc=(Party("ann@example.com"), Party("bob@bücher.example")),
    )
    assert check(draft).recipients == (
        "jane@example.com",
        "joe@example.com",
        "ann@example.com",
        "bob@xn--bcher-kva.example",
    )


def test_fifty_recipients_are_the_most_and_one_is_the_least() -> None:
    fifty = tuple(Party(f"r{n}@example.com") for n in range(50))
    assert len(check(replace(DRAFT, to=fifty)).recipients) == 50
    for to in (*[(*fifty, Party("one@more.example"))], ()):
        with pytest.raises(BadInput) as refused:
            check(replace(DRAFT, to=to))
        assert refused.value.field == "to"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (replace(DRAFT, text=""), "text"),
        (replace(DRAFT, text=" \n"), "text"),
        (replace(DRAFT, text="a\0b"), "text"),
        (replace(DRAFT, html="a\ud800b"), "html"),
        (replace(DRAFT, subject="x" * 999), "subject"),
        (replace(DRAFT, attachments=(File("../x", "text/plain", b""),)), "attachments[0].filename"),
        (replace(DRAFT, attachments=(File("..", "text/plain", b""),)), "attachments[0].filename"),
        (replace(DRAFT, attachments=(File("x", "text", b""),)), "attachments[0].content_type"),
        (replace(DRAFT, attachments=(File("x", "message/rfc822", b""),)), "attachments[0].content_type"),
        (replace(DRAFT, attachments=(LOGO,)), "attachments[0].content_id"),
        (replace(DRAFT, html="cid:logotype", attachments=(LOGO,)), "attachments[0].content_id"),
        (replace(DRAFT, html="cid:logo", attachments=(LOGO, LOGO)), "attachments[0].content_id"),
        (replace(DRAFT, headers=(("X-A", " "),)), "headers.X-A"),
        (replace(DRAFT, metadata=(("a key", "v"),)), "metadata"),
        (replace(DRAFT, metadata=(("key", "v" * 501),)), "metadata.key"),
        (replace(DRAFT, labels=(" ",)), "labels[0]"),
    ],
)
def test_a_fault_is_named_with_its_field(draft: Draft, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        check(draft)
    assert refused.value.field == field
    assert refused.value.fix


@pytest.mark.parametrize(
    "draft",
    [
        replace(DRAFT, attachments=(File("x", "a/b", b""),) * 101),
        replace(DRAFT, headers=(("X-A", "b"),) * 51),
        replace(DRAFT, metadata=(("a", "b"),) * 51),
        replace(DRAFT, labels=("a",) * 21),
        replace(DRAFT, attachments=(File("x", "a/b", bytes(MAX_MESSAGE)),)),
    ],
)
def test_too_much_is_too_large(draft: Draft) -> None:
    with pytest.raises(TooLarge):
        check(draft)


def test_an_attachment_that_fits_only_before_base64_is_too_large() -> None:
    draft = replace(DRAFT, attachments=(File("x", "a/b", bytes(MAX_MESSAGE - 1000)),))
    with pytest.raises(TooLarge):
        compose(check(draft), from_=JANE, message_id="<1@example.org>")
