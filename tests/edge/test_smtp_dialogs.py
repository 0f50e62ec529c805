"""Stories of SMTP sessions, told as plain text in tests/dialogs.

# Words for the reader; "# rule: I1 I6" names the rows that the story holds.
C: a line of the peer      sent with CRLF; lines without an answer between go out in one write
c: octets of the peer      sent as they are; \\r \\n \\0 \\t \\\\ and \\xff are written so
S: a line of the door      * stands for anything
TLS                        the peer begins its handshake
EOF                        the peer stops sending, and still reads
HANG UP                    the peer is gone
END                        the door has hung up
TOOK: FROM -> TO,TO: RAW   one message that was accepted; those named are all, in order
"""

import asyncio
import re
import ssl
from pathlib import Path
from typing import Any

import pytest
import uvloop

from loftbox_cli.edge.smtp_in import Limits
from tests.edge.smtp_peer import Intake, Peer, certificate, connected, open_door

FOLDER = Path(__file__).parent.parent / "dialogs"
PLAIN = {"r": b"\r", "n": b"\n", "0": b"\0", "t": b"\t", "\\": b"\\"}


def dialogs() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        dialog = path.read_text()
        rules = [rule for line in re.findall(r"(?m)^# rule:(.*)$", dialog) for rule in line.split()]
        marks = [pytest.mark.rule(rule) for rule in rules]
        found.append(pytest.param(path.name, dialog, id=path.stem, marks=marks))
    return found


def octets(text: str) -> bytes:
    parts = re.split(r"\\(x[0-9a-f]{2}|.)", text)
    return b"".join(
        part.encode() if place % 2 == 0 else bytes([int(part[1:], 16)]) if part[0] == "x" else PLAIN[part]
        for place, part in enumerate(parts)
    )


def escaped(raw: bytes) -> str:
    named = {value[0]: f"\\{name}" for name, value in PLAIN.items()}
    return "".join(named.get(octet) or (chr(octet) if octet < 127 else f"\\x{octet:02x}") for octet in raw)


class Telling:
    """One dialog while it is told."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.unsent = b""
        self.taken: list[str] = []

    async def step(self, line: str) -> None:
        what, _, rest = line.partition(": ")
        if what == "C":
            self.unsent += octets(rest) + b"\r\n"
            return
        if what == "c":
            self.unsent += octets(rest)
            return
        if self.unsent:
            await self.peer.say(self.unsent)
            self.unsent = b""
        if what == "S":
            said = await self.peer.line()
            assert re.fullmatch(".*".join(map(re.escape, rest.split("*"))), said), (rest, said)
        elif what == "TOOK":
            self.taken.append(rest)
        else:
            await self.event(what)

    async def event(self, name: str) -> None:
        if name == "TLS":
            await self.peer.start_tls()
        elif name == "EOF":
            self.peer.writer.write_eof()
        elif name == "HANG UP":
            self.peer.writer.transport.abort()
        else:
            assert name == "END", name
            assert await self.peer.line() == ""


async def tell(name: str, dialog: str, tls: ssl.SSLContext) -> None:
    intake = Intake()
    limits = Limits(recipients=3)
    async with open_door(intake, tls=tls, limits=limits) as door, connected(door, greet=False) as peer:
        telling = Telling(peer)
        for number, line in enumerate(dialog.splitlines(), 1):
            if line and not line.startswith("#"):
                try:
                    await telling.step(line)
                except AssertionError as error:
                    raise AssertionError(f"{name}:{number}: {line}\n{error}") from error
    took = [
        f"{arrival.mail_from or '<>'} -> {','.join(arrival.rcpt_to)}: {escaped(arrival.raw)}"
        for arrival in intake.arrivals
    ]
    assert took == telling.taken


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(("name", "dialog"), dialogs())
async def test_the_door_keeps_to_the_dialog(name: str, dialog: str, tls: ssl.SSLContext) -> None:
    await tell(name, dialog, tls)


@pytest.mark.parametrize(("name", "dialog"), [each for each in dialogs() if each.id.startswith("starttls")])
def test_the_door_keeps_to_the_dialog_on_uvloop_too(name: str, dialog: str, tls: ssl.SSLContext) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(tell(name, dialog, tls))
