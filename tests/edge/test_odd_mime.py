"""Odd MIME of every kind: each mail has the structure, text and defects that the file beside it says."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from loftbox_cli.edge.mail_read.attached import attached
from loftbox_cli.edge.mail_read.parse import read

CORPUS = Path(__file__).parents[1] / "corpus" / "mime"
MAILS = sorted(CORPUS.glob("*.eml"))


@pytest.mark.rule("B12")
@pytest.mark.rule("I32")
@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_an_odd_mail_reads_as_expected(mail: Path) -> None:
    expected = json.loads(mail.with_suffix(".json").read_text(encoding="utf-8"))
    reading = json.loads(json.dumps(asdict(read(mail.read_bytes()))))
    assert {name: reading[name] for name in expected} == expected


@pytest.mark.rule("B9")
@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_every_attachment_can_be_fetched_by_what_it_is(mail: Path) -> None:
    raw = mail.read_bytes()
    for attachment in read(raw).attachments:
        assert len(attached(raw, attachment.sha256)) == attachment.size


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_parts_stand_in_order_and_after_what_holds_them(mail: Path) -> None:
    parts = read(mail.read_bytes()).parts
    assert [part.place for part in parts] == list(range(len(parts)))
    assert all(part.parent is None or part.parent < part.place for part in parts)
    assert [part.parent for part in parts].count(None) == 1


@pytest.mark.parametrize("mail", MAILS, ids=lambda mail: mail.stem)
def test_a_file_with_lf_reads_as_the_mail_on_the_wire(mail: Path) -> None:
    raw = mail.read_bytes()
    there, here = read(raw), read(raw.replace(b"\r\n", b"\n"))
    assert (here.subject, here.text, here.html, here.headers) == (
        there.subject,
        there.text,
        there.html,
        there.headers,
    )
    assert here.defects == there.defects
    assert [(part.parent, part.content_type, part.filename) for part in here.parts] == [
        (part.parent, part.content_type, part.filename) for part in there.parts
    ]


def test_no_expectation_of_odd_mail_lacks_its_mail() -> None:
    assert {path.stem for path in CORPUS.glob("*.json")} == {path.stem for path in MAILS}


def test_what_stands_in_an_embedded_message_is_not_our_text_and_no_file_of_ours() -> None:
    reading = read((CORPUS / "attached_message.eml").read_bytes())
    assert "Inner text" not in reading.text
    assert [(each.part, each.filename) for each in reading.attachments] == [(2, "The old offer_1.eml")]
    assert [part.parent for part in reading.parts] == [None, 0, 0, 2, 3, 3, 0]


@pytest.mark.rule("B6")
@pytest.mark.parametrize(
    ("content_type", "defects"),
    [
        (b"multipart/mixed; boundary=b", []),
        (b"multipart/mixed; boundary=b; boundary=c", ["ambiguous_mime", "parameter_twice"]),
        (b"multipart/mixed (really); boundary=b", ["ambiguous_mime", "comment_in_type"]),
        (b"multipart/mixed; boundary*=''b", ["ambiguous_mime", "boundary_encoded"]),
        (b"multipart/mixed; boundary*0=b", ["ambiguous_mime", "boundary_encoded"]),
    ],
)
def test_what_two_programs_may_read_differently_is_named(content_type: bytes, defects: list[str]) -> None:
    raw = b"From: a@example.com\r\nContent-Type: " + content_type + b"\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n"
    reading = read(raw)
    assert sorted(reading.defects) == defects
    assert reading.text == "x"
