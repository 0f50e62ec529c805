"""However the network cuts what a peer says into pieces, the door hears and answers the same.

RFC 5321 section 2.3.7: the boundaries of what TCP brings mean nothing. Only the end of a
group of commands (RFC 2920 section 3.1) is the peer's to choose: after DATA it waits.
"""

import asyncio
import itertools
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loftbox_cli.core.ids import RequestId
from loftbox_cli.edge.smtp_in import Limits
from loftbox_cli.edge.smtp_in.session import Session
from tests.edge.smtp_peer import Intake, open_door

LIMITS = replace(Limits(), bad_recipients=2, bad_recipient_seconds=0.0)
MAX_SIZE = 300

COMMANDS = st.sampled_from(
    [
        *(
            b"NOOP",
            b"RSET",
            b"HELP",
            b"VRFY agent",
            b"NOOP\r",
            b"noop \xff",
            b"",
            b"x" * 3000,
            b"NOOP " + b"y" * 2041,
        ),
        *(
            b"EHLO peer.test",
            b"HELO peer.test",
            b"MAIL FROM:<writer@peer.test>",
            b"MAIL FROM:<full@peer.test>",
        ),
        *(
            b"MAIL FROM:<a@peer.test> SIZE=9999",
            b"RCPT TO:<agent@loftbox.test>",
            b"RCPT TO:<second@loftbox.test>",
        ),
        *(
            b"RCPT TO:<nobody@loftbox.test>",
            b"RCPT TO:<busy@loftbox.test>",
            b"RCPT TO:<x@else.test>",
            b"AUTH PLAIN",
        ),
    ]
)
OPENING = [b"RSET", b"MAIL FROM:<writer@peer.test>", b"RCPT TO:<agent@loftbox.test>"]
CONTENTS = st.one_of(
    st.sampled_from(
        [
            b"",
            b"Subject: one\r\n\r\nHi.\r\n",
            b"..\r\n...\r\n",
            b".\r",
            b"a\n.\nb\r\n",
            b"a\r\n.\rb\r\n",
            b"\0\r\n",
        ]
    ),
    st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b"\r\n."]), max_size=12)
    .map(b"".join)
    .filter(lambda content: b"\r\n.\r\n" not in b"\r\n" + content + b"\r\n."),
    st.integers(MAX_SIZE - 3, MAX_SIZE + 3).map(lambda size: b"z" * (size - 2) + b"\r\n"),
    st.integers(99, 101).map(lambda lines: b"..z\r\n"[1:] * lines),
)


@st.composite
def groups(draw: st.DrawFn) -> list[bytes]:
    """What a peer says before it waits: commands up to DATA, then a message and the commands after it."""
    said, after = [], b""
    for content in draw(st.lists(CONTENTS, max_size=3)):
        commands = [*draw(st.lists(COMMANDS, max_size=4)), *OPENING, b"DATA"]
        said.append(after + b"".join(command + b"\r\n" for command in commands))
        # A line end that is missing before the dot would make the dot part of the content.
        after = content + (b"" if not content or content.endswith(b"\r\n") else b"\r\n") + b".\r\n"
    last = [*draw(st.lists(COMMANDS, max_size=4)), b"QUIT"]
    return [*said, after + b"".join(command + b"\r\n" for command in last)]


class Wire(asyncio.Transport):
    """The door's end of a connection, without a network: keeps what is written to it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False
        self._session = session

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("192.0.2.1", 25) if name == "peername" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._session.connection_lost(None)

    abort = close


Heard = tuple[list[str], list[tuple[str, tuple[str, ...], bytes]], int]


async def heard(said: list[bytes], cuts: list[int], *, patient: bool) -> Heard:
    """What was answered to these groups in pieces of these sizes, what was taken, and what is still held.

    A patient peer waits after each piece for what may be answered, another one only after each group.
    """
    intake = Intake()
    saving: set[asyncio.Future[RequestId]] = set()
    async with open_door(intake, limits=LIMITS, max_size=MAX_SIZE) as door:
        session = Session(door._terms, set(), saving)
        wire = Wire(session)
        session.connection_made(wire)
        sizes = itertools.cycle(cuts)
        for group in [b"EHLO peer.test\r\n", *said]:
            at = 0
            while at < len(group) and not wire.closed:
                piece = group[at : at + next(sizes)]
                session.data_received(piece)
                at += len(piece)
                if patient or at == len(group):
                    await _settled(session, saving)
        held = door._terms.budget.held
        session.abort()
    taken = [(each.mail_from, each.rcpt_to, each.raw) for each in intake.arrivals]
    return wire.written.decode().split("\r\n"), taken, held


async def _settled(session: Session, saving: set[asyncio.Future[RequestId]]) -> None:
    """Let the loop run until the session waits for its peer alone."""
    while saving or session._waits:  # noqa: ASYNC110 - the session has no event to say it with
        await asyncio.sleep(0)


@pytest.mark.rule("I10")
@settings(max_examples=150)
@given(said=groups(), cuts=st.lists(st.integers(1, 40), min_size=1, max_size=6), patient=st.booleans())
@example(
    said=[b"".join(line + b"\r\n" for line in OPENING) + b"DATA\r\n", b".\r\nQUIT\r\n"],
    cuts=[1],
    patient=False,
)
def test_the_same_octets_have_the_same_answers_in_one_piece_and_in_many(
    said: list[bytes], cuts: list[int], patient: bool
) -> None:
    async def compare() -> None:
        whole = await heard(said, [1 << 20], patient=True)
        assert await heard(said, cuts, patient=patient) == whole
        assert await heard(said, [1], patient=patient) == whole
        assert whole[2] == 0

    asyncio.run(compare())


def test_a_message_may_be_cut_in_two_anywhere() -> None:
    first = b"".join(line + b"\r\n" for line in [*OPENING, b"DATA"])
    second = b"..dots\r\nand\r\n.. more\r\n.\r\nNOOP\r\nQUIT\r\n"

    async def compare() -> None:
        whole = await heard([first, second], [1 << 20], patient=True)
        assert [raw for _, _, raw in whole[1]] == [b".dots\r\nand\r\n. more\r\n"]
        for at in range(1, len(second)):
            cuts = [1 << 20, 1 << 20, at, 1 << 20]  # the greeting, the first group, and the second in two
            for patient in (True, False):
                assert await heard([first, second], cuts, patient=patient) == whole

    asyncio.run(compare())
