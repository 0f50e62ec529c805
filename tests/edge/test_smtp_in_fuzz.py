"""Whatever a peer writes, the door answers each command once and never takes its own fault out on it."""

import asyncio
import contextlib
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from loftbox_cli.edge.smtp_in import Limits
from loftbox_cli.edge.smtp_in.conversation import Answer, Conversation, Next
from loftbox_cli.edge.smtp_in.door import SmtpDoor
from tests.edge.smtp_peer import PATIENCE, Intake, Peer, check_recipient, connected, open_door

REPLY = re.compile(r"(?:[2-5]\d\d-[ -~]*\r\n)*([2-5])\d\d(?: ([245])\.\d{1,3}\.\d{1,3})? [ -~]+")
PATIENT = replace(Limits(), errors=10_000, idle_commands=10_000, bad_recipient_seconds=0.0)

VERBS = st.sampled_from(
    [
        "EHLO",
        "HELO",
        "MAIL",
        "RCPT",
        "DATA",
        "RSET",
        "NOOP",
        "VRFY",
        "EXPN",
        "HELP",
        "STARTTLS",
        "AUTH",
        "BDAT",
    ]
)
WORDS = st.sampled_from(
    [
        *("FROM:<a@peer.test>", "FROM:<>", "TO:<agent@loftbox.test>", "TO:<Postmaster>", "TO:<x@else.test>"),
        *("TO:<agent@[192.0.2.1]>", 'TO:<"a b"@loftbox.test>', "TO:<@relay.test:agent@loftbox.test>"),
        *(
            "SIZE=100",
            "SIZE=",
            "BODY=8BITMIME",
            "SMTPUTF8",
            "NOTIFY=NEVER",
            "[IPv6:2001:db8::1]",
            "peer.test",
        ),
        *("TO:<grüße@loftbox.test>", "FROM:<ü@peer.test>", "<", ">", "@", "TO:<nobody@loftbox.test>"),
    ]
)
ORDERLY = st.builds(lambda verb, words: " ".join([verb, *words]).encode(), VERBS, st.lists(WORDS, max_size=3))
LINES = st.one_of(ORDERLY, st.binary(max_size=40), st.text(max_size=20).map(lambda text: text.encode()))


def answered(answer: Answer) -> None:
    form = REPLY.fullmatch(answer.reply)
    assert form is not None, answer
    assert form[2] in (None, form[1]), answer
    assert not answer.reply.startswith("451"), answer  # no fault of ours, and nothing here is busy


@pytest.mark.rule("I1")
@pytest.mark.rule("I6")
@given(lines=st.lists(LINES, max_size=25))
def test_every_line_has_one_well_formed_answer(lines: list[bytes]) -> None:
    async def tell() -> None:
        async with open_door(Intake(), limits=PATIENT) as door:
            talk = Conversation(door._terms, lambda _reply, _domain: None, secured=False)
            for line in lines:
                answer = talk.answer(line + b"\r\n")
                answered(answer)
                if answer.next is Next.DATA:
                    assert talk.envelope.rcpt_to
                    for address in talk.envelope.rcpt_to:
                        check_recipient(address)
                    talk.reset()

    asyncio.run(tell())


STREAMS = st.lists(
    st.one_of(
        LINES.map(lambda line: line + b"\r\n"),
        st.binary(max_size=30),
        st.sampled_from([b".\r\n", b"\r\n.\r\n", b"\n.\n", b"\r", b"\n", b"\0", b"DATA\r\n", b"x" * 3000]),
    ),
    max_size=15,
).map(b"".join)
CUTS = st.lists(st.integers(1, 60), min_size=1, max_size=10)


@pytest.mark.rule("I20")
@settings(max_examples=60)
@given(stream=STREAMS, cuts=CUTS, in_transaction=st.booleans())
def test_any_octets_in_any_chunks_leave_the_door_whole(
    stream: bytes, cuts: list[int], in_transaction: bool
) -> None:
    async def tell() -> None:
        intake = Intake()
        async with open_door(intake, limits=PATIENT) as door:
            await _send(door, stream, cuts, in_transaction=in_transaction)
            assert door._terms.budget.held == 0
            async with connected(door) as peer:  # the next one is served as if nothing had been
                assert (await peer.message(b"one\r\n")).startswith("250 ")
        for arrival in intake.arrivals:
            assert b"\0" not in arrival.raw
            assert arrival.raw.count(b"\r\n") == arrival.raw.count(b"\r") == arrival.raw.count(b"\n")

    with capture_logs() as logs:
        asyncio.run(tell())
    assert [log for log in logs if log["event"] == "smtp_fault"] == []


async def _send(door: SmtpDoor, stream: bytes, cuts: list[int], *, in_transaction: bool) -> None:
    """Write the stream in chunks of these sizes, stop sending, and check every reply until the end."""
    async with connected(door) as peer:
        if in_transaction:
            await peer.to_data()
        said = bytearray()
        # A door that hangs up on what it does not want to read resets the connection.
        with contextlib.suppress(ConnectionError):
            await _write(peer, stream, cuts)
            async with asyncio.timeout(PATIENCE):
                while block := await peer._reader.read(4096):
                    said += block
        for reply in re.findall(r"(?:\d{3}-.*\r\n)*\d{3} .*\r\n", said.decode("ascii")):
            if reply != "354 end with a dot on a line of its own\r\n":
                answered(Answer(reply.removesuffix("\r\n")))
        assert re.fullmatch(r"(?:\d{3}[ -][ -~]*\r\n)*", said.decode("ascii"))


async def _write(peer: Peer, stream: bytes, cuts: list[int]) -> None:
    at = turn = 0
    while at < len(stream) and not peer.writer.transport.is_closing():
        size = cuts[turn % len(cuts)]
        turn += 1
        peer.writer.write(stream[at : at + size])
        at += size
        await asyncio.sleep(0)
    peer.writer.write_eof()


@pytest.mark.rule("I10")
@settings(max_examples=60)
@given(
    lines=st.lists(
        LINES.filter(lambda line: b"\n" not in line and line[:4].upper() not in (b"DATA", b"STAR", b"QUIT")),
        max_size=12,
    )
)
def test_pipelined_commands_get_as_many_answers_as_there_are_commands(lines: list[bytes]) -> None:
    async def tell() -> None:
        async with open_door(Intake(), limits=PATIENT) as door, connected(door) as peer:
            await peer.say(b"".join(line + b"\r\n" for line in [*lines, b"QUIT"]))
            replies = [await peer.reply() for _ in [*lines, b"QUIT"]]
            assert replies[-1].startswith("221 ")
            assert not any(reply.startswith("221 ") for reply in replies[:-1])
            assert await peer.line() == ""

    asyncio.run(tell())
