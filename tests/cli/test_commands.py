"""Every command of the tree, from the outside."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from loftbox_cli.__main__ import run
from loftbox_cli.cli.tree import TABLE, open_command
from loftbox_cli.cli.typer_parts import TyperGroup
from tests.cli.session_world import SessionWorld


def every_command() -> Iterator[list[str]]:
    for entry in TABLE:
        yield [entry.name]
        command = open_command(entry)
        if isinstance(command, TyperGroup):
            yield from ([entry.name, verb] for verb in command.commands)


@pytest.mark.parametrize("words", list(every_command()), ids=" ".join)
def test_the_help_of_a_command_opens_with_its_usage_and_a_sentence(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--help"]) == 0
    usage, _, sentence, *_ = capsys.readouterr().out.splitlines()
    assert usage.startswith(f"Usage: loftbox {' '.join(words)} ")
    assert sentence.strip()


def environ(home: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CONFIG_HOME": str(home / "config"), "XDG_DATA_HOME": str(home / "data")}


def program(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "loftbox_cli", *words],
        env=environ(home),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_itself_makes_a_store_and_gives_each_domain_keys_of_its_own(tmp_path: Path) -> None:
    made = program(tmp_path, "init", "--hostname", "mx.example.com", "--operator", "anna@example.com")
    assert (made.returncode, made.stdout.count("\t")) == (0, 4)
    keys = set()
    for name in ("example.com", "example.net"):
        added = program(tmp_path, "domain", "add", name, "--json")
        assert json.loads(added.stdout)["name"] == name
        assert added.stderr == ""
        records = json.loads(program(tmp_path, "domain", "records", name, "--json").stdout)["data"]
        keys |= {record["value"] for record in records if record["purpose"] == "dkim"}
    assert len(keys) == 4


def test_following_the_log_tells_what_happens_meanwhile_and_ends_with_an_interrupt(tmp_path: Path) -> None:
    program(tmp_path, "init", "--hostname", "mx.example.com", "--operator", "anna@example.com")
    program(tmp_path, "pause", "gateway")
    # A shell has its background jobs ignore the interrupt, and these tests may be one.
    listening = ("env", "--default-signal=INT")
    words = [*listening, sys.executable, "-m", "loftbox_cli", "logs", "-f", "--jsonl", "--fields", "seq,type"]
    with subprocess.Popen(words, env=environ(tmp_path), stdout=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        assert json.loads(following.stdout.readline()) == {"seq": 1, "type": "gateway.paused"}
        program(tmp_path, "resume", "gateway")
        assert json.loads(following.stdout.readline()) == {"seq": 2, "type": "gateway.resumed"}
        following.send_signal(signal.SIGINT)
        assert following.stdout.read() == ""
    assert following.returncode == 130


@pytest.fixture
def sent(world: SessionWorld) -> str:
    """The id of a message that waits for a person, on a gateway that may send."""
    screens = [
        world.type("loftbox init --hostname mx.example.com --operator anna@example.com"),
        world.type("loftbox domain add example.com"),
    ]
    world.happens("published: the records of example.com")
    screens += [
        world.type("loftbox domain verify example.com"),
        world.type("loftbox domain review example.com --approve"),
        world.type("loftbox agent create helper"),
        world.type("loftbox mailbox create help@example.com --agent helper"),
        world.type(
            "echo 'Line one\x1b[2J' | loftbox send --mailbox help@example.com"
            " --to jane@customer.test --text-file - -q"
        ),
    ]
    assert [code for _, code in screens] == [0] * len(screens), screens
    return screens[-1][0].strip()


def test_raw_mail_in_a_pipe_is_its_bytes_and_on_a_terminal_obeys_nobody(
    world: SessionWorld, sent: str
) -> None:
    _, code = world.type(f"loftbox message raw {sent} > mail.eml")
    raw = (world.home / "mail.eml").read_bytes()
    assert code == 0
    assert raw.startswith(b"From: help@example.com\r\nTo: jane@customer.test\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n")
    screen, _ = world.type(f"loftbox message raw {sent}")
    assert screen.startswith("From: help@example.com\nTo: jane@customer.test\n")
    assert "\x1b" not in screen


def test_a_stranger_s_text_steers_no_terminal(world: SessionWorld, sent: str) -> None:
    for line in (f"message show {sent}", "approvals list", f"trace {sent}", "logs"):
        screen, code = world.type(f"loftbox {line}")
        assert (code, "\x1b" in screen) == (0, False)
    screen, _ = world.type(f"loftbox message show {sent}")
    assert "Line one[2J\n" in screen


@pytest.mark.usefixtures("sent")
def test_a_field_that_is_not_there_is_refused_before_anything_is_changed(world: SessionWorld) -> None:
    for line in (
        "agent create other",
        "person create Ben --address ben@example.com",
        "key create helper --scope send",
        "mailbox create other@example.com --agent helper",
        "mailbox set help@example.com --oversight autonomous",
        "domain add example.net",
        "domain review example.com --reject",
        "webhook create https://agents.example.com/",
        "pause gateway",
        "approvals list -q | loftbox approvals approve -",
        "send --mailbox help@example.com --to jane@customer.test --text Hello.",
    ):
        assert world.type(f"loftbox {line} --fields xyzzy")[1] == 2, line
    counts = world.type("loftbox status --fields agents,mailboxes,messages,held,pauses | cat")[0]
    assert counts.splitlines()[-1] == "1\t2\t1\t1\t"
    assert world.type("loftbox domain list --fields name,review | cat")[0] == "example.com\tapproved\n"
    for noun, known in (("key", ""), ("webhook", ""), ("person", "anna\n")):
        assert (
            world.type(f"loftbox {noun} list --fields {'id' if noun == 'webhook' else 'name'} | cat")[0]
            == known
        )
