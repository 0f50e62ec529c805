"""`loftbox thread tree`: which of some mails in files answers which."""

import json

from tests.cli.session_world import SessionWorld


def write(world: SessionWorld, name: str, *fields: str) -> None:
    text = "".join(f"{field}\r\n" for field in (f"Message-ID: <{name}@peer.test>", *fields))
    (world.home / f"{name}.eml").write_text(f"From: jane@peer.test\r\n{text}\r\nHi.\r\n", newline="")


def branches(world: SessionWorld, line: str) -> list[tuple[int, str | None, str | None]]:
    screen, code = world.type(f"loftbox thread tree {line} --json")
    assert code == 0
    return [(each["depth"], each["file"], each["parent"]) for each in json.loads(screen)["data"]]


def test_mails_in_files_stand_under_what_they_answer_by_their_dates(world: SessionWorld) -> None:
    write(world, "c", "References: <a@peer.test>", "Date: Tue, 24 Nov 2026 10:00:00 +0000")
    write(world, "b", "References: <a@peer.test>", "Date: Mon, 23 Nov 2026 23:30:00 -0200")
    write(world, "a", "Date: no date at all")
    assert branches(world, "c.eml b.eml a.eml") == [
        (0, "a.eml", None),
        (1, "b.eml", "a.eml"),
        (1, "c.eml", "a.eml"),
    ]


def test_a_mail_that_is_not_there_holds_its_answers_together(world: SessionWorld) -> None:
    for name in ("b", "c"):
        write(world, name, "References: <a@peer.test>")
    assert branches(world, "b.eml c.eml") == [(0, None, None), (1, "b.eml", None), (1, "c.eml", None)]


def test_a_subject_counts_where_that_is_asked_for(world: SessionWorld) -> None:
    write(world, "a", "Subject: Order 7")
    write(world, "b", "Subject: Re: Order 7")
    assert branches(world, "a.eml b.eml") == [(0, "a.eml", None), (0, "b.eml", None)]
    assert branches(world, "a.eml b.eml --by-subject") == [(0, "a.eml", None), (1, "b.eml", "a.eml")]
