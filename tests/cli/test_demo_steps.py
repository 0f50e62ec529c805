import asyncio
import contextlib
import io
import json
import os
import pty
from pathlib import Path

import pytest

from loftbox_cli.cli.demo_folder import LOG, own_folder
from loftbox_cli.cli.demo_gateway import Program
from loftbox_cli.cli.demo_steps import NotAsExpected, Steps, expect, together
from loftbox_cli.cli.output import Mode, Output
from loftbox_cli.core.errors import BadConfiguration, LoftBoxError, NotFound


class Screen:
    """What a person or a program would see."""

    def __init__(self, mode: Mode, encoding: str = "utf-8") -> None:
        self._octets = io.BytesIO()
        self._encoding = encoding
        self.out = Output(mode, (), io.TextIOWrapper(self._octets, encoding=encoding), io.StringIO())

    @property
    def lines(self) -> list[str]:
        return self._octets.getvalue().decode(self._encoding).splitlines()


async def one_step(screen: Screen, error: Exception | None = None) -> None:
    async with Steps(screen.out).step("Something is done") as step:
        step.seen = "and seen"
        if error:
            raise error


async def test_a_step_is_one_line_with_what_was_seen() -> None:
    screen = Screen(Mode.TABS)
    await one_step(screen)
    assert screen.lines == [f"ok      {'Something is done':48}  and seen"]


async def test_a_terminal_shows_a_mark_where_it_can() -> None:
    screen, old = Screen(Mode.TABLE), Screen(Mode.TABLE, "ascii")
    await one_step(screen)
    await one_step(old)
    assert screen.lines[0].startswith("\u2713  Something is done")
    assert old.lines[0].startswith("ok      Something is done")


async def test_a_program_gets_an_object_for_each_step() -> None:
    screen = Screen(Mode.JSONL)
    await one_step(screen)
    assert json.loads(screen.lines[0]) == {
        "object": "step",
        "number": 1,
        "title": "Something is done",
        "ok": True,
        "detail": "and seen",
    }


@pytest.mark.parametrize(
    ("error", "fact"),
    [
        (NotAsExpected("the state", expected="held", seen="queued"), "the state: expected held, saw queued"),
        (NotFound("there is no such thing"), "there is no such thing"),
        (ConnectionRefusedError(111, "refused"), "ConnectionRefusedError: [Errno 111] refused"),
        (KeyError("id"), "KeyError: 'id'"),
        (TimeoutError(), "expected to be done within 20 seconds, and is not"),
    ],
)
async def test_a_step_that_fails_says_which_and_why(error: Exception, fact: str) -> None:
    screen = Screen(Mode.TABS)
    with pytest.raises(LoftBoxError) as raised:
        await one_step(screen, error)
    assert raised.value.fact == f"step 1 failed, Something is done: {fact}"
    assert screen.lines == [f"failed  {'Something is done':48}  {fact}"]


async def test_a_step_that_never_ends_fails() -> None:
    screen = Screen(Mode.TABS)
    with pytest.raises(LoftBoxError, match="expected to be done within 0 seconds"):
        async with Steps(screen.out, patience=0).step("Something is waited for"):
            await asyncio.Event().wait()


async def test_what_strangers_say_in_a_step_does_not_reach_the_terminal() -> None:
    screen = Screen(Mode.TABLE)
    with pytest.raises(LoftBoxError):
        await one_step(screen, NotAsExpected("words", expected="ok", seen="\x1b[2J\nforged"))
    assert len(screen.lines) == 1
    assert "\x1b" not in screen.lines[0]


async def test_a_terminal_shows_what_is_under_way() -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        async with Steps(Output(Mode.TABLE, (), io.StringIO(), terminal)).step("Something takes long"):
            pass
    shown = b""
    with contextlib.suppress(OSError):  # EIO: the terminal is closed, and all was read
        while piece := os.read(ours, 10_000):
            shown += piece
    os.close(ours)
    assert b"Something takes long" in shown


def test_expectations_show_both_sides() -> None:
    expect("answer", 42, 42)
    with pytest.raises(NotAsExpected, match=r'^state: expected "held", saw "queued"$'):
        expect("state", "queued", "held")


async def test_what_goes_wrong_ends_what_was_done_beside_it() -> None:
    given_up = asyncio.Event()

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    async def fail_at_once() -> None:
        raise NotFound("there is no such thing")

    with pytest.raises(NotFound):
        await together(wait(), fail_at_once())
    assert given_up.is_set()


def program(folder: Path, **environ: str) -> Program:
    settings = folder / "loftbox.toml"
    settings.write_text(f'[store]\npath = "{folder / "store"}"\n')
    return Program(folder, settings, {**os.environ, **environ})


async def test_a_command_with_another_exit_code_is_told_with_its_words(tmp_path: Path) -> None:
    with pytest.raises(NotAsExpected, match=r"expected exit code 0, saw exit code 78 .*LOFTBOX_SMTP_PROT"):
        await program(tmp_path, LOFTBOX_SMTP_PROT="25").text("config", "check")
    assert await program(tmp_path, LOFTBOX_SMTP_PROT="25").text("config", "check", code=78) == ""


async def test_a_command_answers_its_document(tmp_path: Path) -> None:
    assert (await program(tmp_path).json("config", "check"))["store"] == str(tmp_path / "store")


async def test_a_command_that_writes_no_document_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotAsExpected, match="expected one JSON document"):
        await program(tmp_path).json("config", "check", "--help")


async def test_a_gateway_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    async with program(tmp_path).serving() as daemon:
        with pytest.raises(NotAsExpected, match=r"expected ready, saw exit code 78 \(.*loftbox init"):
            await daemon.until_ready()


async def test_a_command_that_is_given_up_is_ended(tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def command_calls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        begun.set()
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(command_calls, "127.0.0.1", 0)
    (tmp_path / "sitecustomize.py").write_text(
        f"import socket\nsocket.create_connection({server.sockets[0].getsockname()}).recv(1)\n"
    )
    command = asyncio.create_task(program(tmp_path, PYTHONPATH=str(tmp_path)).text("status"))
    await begun.wait()
    command.cancel()
    await asyncio.wait([command])
    assert command.cancelled()
    await ended.wait()
    server.close()


def test_the_folder_is_gone_afterwards_unless_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with own_folder(keep=False) as gone:
        assert gone.stat().st_mode & 0o777 == 0o700
    with own_folder(keep=True) as kept:
        pass
    with pytest.raises(KeyboardInterrupt), own_folder(keep=False):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == [kept]


def test_after_a_failure_the_log_stays_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(LoftBoxError), own_folder(keep=False):
        raise LoftBoxError("no log yet")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(LoftBoxError) as raised, own_folder(keep=False) as folder:
        fail(folder / LOG)
    assert str(folder / LOG) in raised.value.fix
    assert folder.exists()


def fail(log: Path) -> None:
    log.touch()
    raise LoftBoxError("it broke")


def test_a_machine_without_room_for_a_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(BadConfiguration) as raised, own_folder(keep=False):
        pass
    assert "TMPDIR" in raised.value.fix
