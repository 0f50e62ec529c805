"""`loftbox approvals review` at a real terminal: one key for each answer."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

from loftbox_cli.core.mailbox import Oversight
from loftbox_cli.edge.store.store import SqliteStore
from loftbox_cli.edge.system.chance import Mint
from loftbox_cli.edge.system.clock import SystemClock
from loftbox_cli.services import approvals
from loftbox_cli.services.tx import OPERATOR_FACT
from loftbox_cli.wiring import STORE_FILE
from tests.services.house import House

T = TypeVar("T")

PATIENCE = 60.0  # seconds
EDITOR = "#!/bin/sh\nsed -i 's/on its way/at your door/' \"$1\"\n"


@dataclass
class Terminal:
    """A person at a terminal that knows nothing but lines."""

    process: "subprocess.Popen[bytes]"
    screen: int
    text: str = ""

    def shows(self, words: str) -> str:
        """Wait for words, and answer what stood there until then."""
        while words not in self.text:
            ready, _, _ = select.select([self.screen], [], [], PATIENCE)
            assert ready, f"{words!r} did not come:\n{self.text}"
            try:
                self.text += os.read(self.screen, 65536).decode().replace("\r\n", "\n")
            except OSError:  # Linux's way to say that the other side has left
                break
        assert words in self.text, self.text
        before, _, self.text = self.text.partition(words)
        return before

    def press(self, keys: str) -> None:
        os.write(self.screen, keys.encode())

    def ends(self) -> int:
        return self.process.wait(PATIENCE)


@dataclass
class Desk:
    """Where the person sits: a gateway of their own, with messages that wait."""

    home: Path
    environ: dict[str, str]
    opened: list[Terminal] = field(default_factory=list)

    def review(self) -> Terminal:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "loftbox_cli", "approvals", "review"],
            env=self.environ,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        self.opened.append(Terminal(process, ours))
        return self.opened[-1]

    def house(self, act: "Callable[[House], T]") -> "T":
        store = SqliteStore(self.home / "data/loftbox" / STORE_FILE, mint=Mint(SystemClock()).mint)
        try:
            operator = store.glance(lambda tx: tx.mailboxes.get(tx.facts.get(OPERATOR_FACT).value))
            clock: Any = SystemClock()
            return act(House(self.home, store, clock, operator))
        finally:
            store.close()

    def states(self) -> list[tuple[str, int, str]]:
        found = self.house(lambda house: house.see(lambda tx: tx.approvals.all()))
        return [(each.state.value, each.revision, each.why) for each in found]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    editor = tmp_path / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o700)
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "SUDO_USER": "anna",
        "EDITOR": str(editor),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
    }
    init = ["init", "--hostname", "mx.example.com", "--operator", "anna@example.com"]
    subprocess.run([sys.executable, "-m", "loftbox_cli", *init], env=environ, check=True, capture_output=True)
    desk = Desk(tmp_path, environ)

    def fill(house: House) -> None:
        mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
        for name in ("one", "two", "three", "four"):
            house.send(mailbox, f"{name}@peer.test", subject=f"Number {name}\u202e")

    desk.house(fill)
    yield desk
    for terminal in desk.opened:
        terminal.process.kill()
        terminal.process.wait()
        os.close(terminal.screen)


def test_each_key_does_what_it_says_and_the_oldest_comes_first(desk: Desk) -> None:
    person = desk.review()
    first = person.shows("q quit")
    assert "Number one<U+202E>" in first
    assert "It is on its way." in first
    assert "gated_all" in first
    person.press("a")
    assert "one@peer.test" not in person.shows("two@peer.test").partition("approved")[2]
    person.shows("q quit")
    person.press("r")
    person.shows("why (for the agent and the log): ")
    person.press("too early\n")
    person.shows("Number three")
    person.shows("q quit")
    person.press("e")
    edited = person.shows("q quit")
    assert "+It is at your door." in edited
    assert "-It is on its way." in edited
    person.press("xa")
    person.shows("Number four")
    person.shows("q quit")
    person.press("q")
    assert person.ends() == 0
    assert desk.states() == [
        ("approved", 1, ""),
        ("rejected", 1, "too early"),
        ("approved", 2, ""),
        ("pending", 1, ""),
    ]


def test_what_is_skipped_still_waits_and_the_end_is_said(desk: Desk) -> None:
    person = desk.review()
    for _ in range(4):
        person.shows("q quit")
        person.press("s")
    person.shows("nothing")
    assert person.ends() == 0
    assert {state for state, _, _ in desk.states()} == {"pending"}


def test_what_somebody_else_decided_meanwhile_is_told_and_not_decided_again(desk: Desk) -> None:
    person = desk.review()
    person.shows("q quit")

    def decide(house: House) -> None:
        oldest = house.see(lambda tx: tx.approvals.all())[0]
        house.do(approvals.reject, oldest.id, revision=1, why="mine", **house.by())

    desk.house(decide)
    person.press("a")
    told = person.shows("Number two")
    assert "is already rejected" in told
    assert "is rejected by now" in told
    person.shows("q quit")
    person.press("q")
    assert person.ends() == 0
    assert desk.states()[0] == ("rejected", 1, "mine")
