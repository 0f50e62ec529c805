"""`loftbox message parse`: a mail in a file, without a store and without settings."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from loftbox_cli.core.views.report import ReportedView
from loftbox_cli.edge.mail_read.parse import read
from tests.cli.session_world import SessionWorld

CORPUS = Path(__file__).parents[1] / "corpus"

# Scripts live by these names, so they are written by hand.
FIELDS = [
    "object", "message_id", "in_reply_to", "references", "mail_from", "from", "sender", "reply_to",
    "to", "cc", "subject", "date", "text", "html", "reply_text", "reply_html", "quoted_text", "headers",
    "attachments", "parts", "automation", "automation_evidence", "report", "authentication",
    "hidden_text_chars", "invisible_chars", "size", "defects",
]  # fmt: skip
PART = [
    "place", "parent", "content_type", "charset", "disposition", "filename", "content_id", "size", "encoding",
    "defects",
]  # fmt: skip
REPORT = [
    "kind", "source", "recipients", "message_ids", "mail_from", "reporting_mta", "feedback_id",
    "feedback_type",
]  # fmt: skip
BOUNCED = b"Return-Path: <>\nFrom: MAILER-DAEMON@example.com\nSubject: failed\n\nNo such user.\n"


def parsed(world: SessionWorld, mail: bytes, options: str = "") -> Any:
    (world.home / "mail.eml").write_bytes(mail)
    text, code = world.type(f"loftbox message parse mail.eml --json {options}")
    assert code == 0, text
    return json.loads(text)


def test_the_fields_of_a_parsed_mail_are_a_promise(world: SessionWorld) -> None:
    mail = (CORPUS / "attachment.eml").read_bytes()
    shown = parsed(world, mail)
    assert list(shown) == FIELDS
    assert [list(part) for part in shown["parts"]] == [PART] * 6
    assert shown["authentication"] is None
    assert shown["size"] == len(mail)


@pytest.mark.parametrize(
    "name", ["plain", "reply_gmail", "html_only", "mime/attached_message", "mime/digest"]
)
def test_a_file_is_read_by_the_code_that_reads_what_comes_in(world: SessionWorld, name: str) -> None:
    mail = (CORPUS / f"{name}.eml").read_bytes()
    shown, reading = parsed(world, mail), read(mail)
    assert (shown["text"], shown["html"], shown["reply_text"]) == (
        reading.text,
        reading.html,
        reading.reply_text,
    )
    assert [part["content_type"] for part in shown["parts"]] == [part.content_type for part in reading.parts]


def test_a_report_is_told_in_the_words_that_a_stored_one_has(world: SessionWorld) -> None:
    report = parsed(world, (CORPUS / "bounces/postfix_alias.eml").read_bytes())["report"]
    (recipient,) = report["recipients"]
    assert list(report) == REPORT
    assert list(recipient) == [field.name for field in fields(ReportedView)]
    assert (recipient["action"], recipient["response_class"]) == ("failed", "reputation")


def test_no_store_and_no_settings_are_needed_and_none_are_made(world: SessionWorld) -> None:
    parsed(world, b"Subject: x\n\ny\n")
    assert [path.name for path in world.home.iterdir()] == ["mail.eml"]


def test_the_envelope_is_what_return_path_says(world: SessionWorld) -> None:
    shown = parsed(world, BOUNCED)
    assert (shown["mail_from"], shown["automation"]) == ("", "bounce")


def test_the_envelope_is_what_the_caller_says(world: SessionWorld) -> None:
    mail = b"From: jane@example.com\nSubject: hello\n\nHello.\n"
    assert (parsed(world, mail)["mail_from"], parsed(world, mail)["automation"]) == (None, "none")
    given = parsed(world, mail, "--mail-from ''")
    assert (given["mail_from"], given["automation"]) == ("", "auto_generated")
    assert parsed(world, mail, "--mail-from jane@example.com")["automation"] == "none"


def test_several_files_are_a_list_and_a_line_each(world: SessionWorld) -> None:
    for name in ("one", "two"):
        (world.home / f"{name}.eml").write_bytes(f"Subject: {name}\n\nx\n".encode())
    text, _ = world.type("loftbox message parse one.eml two.eml --jsonl")
    assert [json.loads(line)["subject"] for line in text.splitlines()] == ["one", "two"]
    text, _ = world.type("loftbox message parse one.eml two.eml --json")
    assert [each["subject"] for each in json.loads(text)["data"]] == ["one", "two"]


def test_a_person_reads_the_text_and_a_tree_of_the_parts(world: SessionWorld) -> None:
    (world.home / "mail.eml").write_bytes((CORPUS / "mime" / "attached_message.eml").read_bytes())
    screen, code = world.type("loftbox message parse mail.eml")
    assert code == 0
    assert "See the mail below." in screen
    assert "\n  2    message/rfc822  190 octets\n  3      multipart/mixed\n" in screen


def test_a_hostile_mail_moves_nothing_on_the_screen(world: SessionWorld) -> None:
    hostile = (
        "From: \x1b[2Jx <a@example.com>\nSubject: gpj\u202e.exe \x1b]0;owned\x07\n\n\x1b[31mred\x9b0m\u2066\n"
    )
    (world.home / "mail.eml").write_bytes(hostile.encode())
    screen, _ = world.type("loftbox message parse mail.eml")
    assert not set(screen) & set("\x1b\x07\x9b\u202e\u2066")


def test_a_file_that_is_not_there_is_named(world: SessionWorld) -> None:
    screen, code = world.type("loftbox message parse nothing.eml")
    assert code == 2
    assert "nothing.eml cannot be read: No such file or directory" in screen
