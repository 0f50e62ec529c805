"""Sessions of the command line, told as plain text in tests/sessions.

# Words for the reader.
$ loftbox agent list | cat     a line of the shell, typed on a terminal; `cat` makes it a pipe
what is written then           on the screen, results and words to a person alike
[exit 3]                       unless it is 0
% time passes: 25h             something happens outside of the command line

<agent>, <msg 2> stand for an id: the first time for any of its kind, then for the same
one, also in what is typed. <token>, <keytext> and their like stand for any. Blanks between
columns count as one, empty lines as none, and a tab is a tab.
"""

import re
from pathlib import Path

import pytest

from tests.cli.session_world import SessionWorld

FOLDER = Path(__file__).parent.parent / "sessions"
ANY = {
    "token": r"[0-9a-z]{26}",
    "keytext": r"lb_live_[0-9a-z]{72}",
    "secret": r"whsec_[A-Za-z0-9+/]{43}=",
    "rsa": r"[A-Za-z0-9+/]+=*",
    "ed25519": r"[A-Za-z0-9+/]{43}=",
    "sha256": r"[0-9a-f]{64}",
    "tag": r"[0-9a-z]{13}",
    "name": r"[0-9a-z]{16}",
    "last4": r"[0-9a-z]{4}",
}
PLACEHOLDER = re.compile(r"<([a-z0-9]+)(?: [0-9]+)?>")


class Telling:
    """One session while it is told."""

    def __init__(self, world: SessionWorld) -> None:
        self.world = world
        self.known = {"<home>": str(world.home)}
        self.screen: list[str] = []
        self.code = 0

    def typed(self, line: str) -> None:
        text, self.code = self.world.type(self._filled(line))
        self.screen = [line for line in text.splitlines() if line.strip(" ")]

    def happens(self, what: str) -> None:
        self.world.happens(self._filled(what))

    def expect(self, wanted: list[str]) -> None:
        if self.code:
            self.screen.append(f"[exit {self.code}]")
        seen = "\n".join(self.screen)
        assert len(self.screen) == len(wanted), f"the screen shows:\n{seen}"
        for told, line in zip(wanted, self.screen, strict=True):
            match = re.fullmatch(self._pattern(told), line.rstrip(" "))
            assert match, f"wanted: {told}\nseen:   {line}\nthe screen shows:\n{seen}"
            for place, name in enumerate(self._unknown(told), 1):
                self.known.setdefault(name, match[place])

    def _filled(self, line: str) -> str:
        for name, value in self.known.items():
            line = line.replace(name, value)
        return line

    def _unknown(self, told: str) -> list[str]:
        found = (match[0] for match in PLACEHOLDER.finditer(told))
        return [name for name in found if name not in self.known and self._kind(name) not in ANY]

    def _kind(self, name: str) -> str:
        return name.strip("<>").split(" ")[0]

    def _pattern(self, told: str) -> str:
        def one(match: re.Match[str]) -> str:
            name, kind = match[0], match[1]
            if name in self.known:
                return re.escape(self.known[name])
            return ANY.get(kind, rf"({kind}_[0-9a-z]{{16}})")

        pieces = re.split(r"(<[a-z0-9]+(?: [0-9]+)?>| {2,})", told.rstrip(" "))
        return "".join(
            one(match)
            if (match := PLACEHOLDER.fullmatch(piece))
            else " +"
            if piece.startswith("  ") and not piece.strip()
            else re.escape(piece)
            for piece in pieces
        )


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_a_session_goes_as_it_is_told(path: Path, world: SessionWorld) -> None:
    telling = Telling(world)
    wanted: list[str] = []
    asked = False
    for line in [*path.read_text().splitlines(), "# The end."]:
        if not line.startswith(("$ ", "% ", "# ")):
            if line:
                wanted.append(line)
            continue
        if asked:
            telling.expect(wanted)
        wanted, asked = [], line.startswith("$ ")
        if asked:
            telling.typed(line[2:])
        elif line.startswith("% "):
            telling.happens(line[2:])
