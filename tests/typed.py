"""What our documents tell people to type, typed at the terminal of the sessions.

Ids of examples, such as apr_…, stand for the newest thing of their kind, and records
that `domain records` shows are published at once, as the reader would.
"""

import os
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from loftbox_cli import wiring
from loftbox_cli.edge.system.clock import SystemClock
from tests.cli.session_world import SessionWorld, served_zone

NOUNS = {
    "apr": "approvals",
    "dlv": "queue",
    "key": "key",
    "msg": "message",
    "sup": "suppression",
    "thread": "thread",
    "wh": "webhook",
}

_EXAMPLE_ID = re.compile(r"\b([a-z]+)_…")
_COMMENT = re.compile(r"\s+# .*")
_EVERY_MAIL = "*.eml"
_RECORDS = re.compile(r"loftbox domain records (\S+)")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Somebody who reads our documents, and does as they say."""

    world: SessionWorld

    def type(self, line: str) -> str:
        """Run a command line, which must end well; answers what stands on the screen."""
        if line.startswith("umask "):
            os.umask(int(line.split()[1], 8))
            return ""
        line = _EXAMPLE_ID.sub(lambda match: self._newest(NOUNS[match[1]]), _COMMENT.sub("", line))
        if _EVERY_MAIL in line:
            mails = sorted(path.name for path in self.world.home.glob(_EVERY_MAIL))
            line = line.replace(_EVERY_MAIL, shlex.join(mails))
        screen, code = self.world.type(line)
        if code:
            pytest.fail(f"$ {line}\n{screen}[exit {code}]")
        if shown := _RECORDS.match(line):
            self.world.happens(f"published: the records of {shown[1]}")
        return screen

    def _newest(self, noun: str) -> str:
        return self.type(f"loftbox {noun} list --limit 1 -q").strip()


@contextmanager
def opened_terminal(home: Path) -> Iterator[Terminal]:
    """Open a terminal for somebody whose machine is the mail server mx.example.com."""
    umask = os.umask(0o022)
    try:
        with served_zone() as zone, pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                if name.startswith("LOFTBOX_"):
                    patch.delenv(name)
            world = SessionWorld(home, patch, zone)
            # A gateway in another process goes by the real time.
            patch.setattr(wiring, "SystemClock", SystemClock)
            yield Terminal(world)
    finally:
        os.umask(umask)
        time.tzset()
