"""Every step of a delivery against every fault of a next hop, and what the attempt then means.

Nothing is lost: only a peer's 5yz about the message ends it. Nothing is sent twice
but after the dot, and then it is called uncertain.
"""

import asyncio
import socket
import struct
from dataclasses import replace

import pytest

from loftbox_cli.core.delivery import Outcome, judge
from loftbox_cli.core.dns import DnsAnswer, Found
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.edge.courier import SmtpCourier, Timeouts
from tests.edge.next_hop import DROP, HANG, Book, NextHop, Zone, clock, serving

PARCEL = Parcel("b=1@bounce.example.com", "bob@example.org", "example.org", b"Subject: hi\r\n\r\nHello\r\n")
ZONE: dict[tuple[str, str], DnsAnswer] = {
    ("example.org", "MX"): Found(("10 mx.example.org",)),
    ("mx.example.org", "A"): Found(("127.0.0.1",)),
}
PIPELINING = "250-next.example\r\n250 PIPELINING"

STEPS = {
    "CONNECT": Stage.GREETING,
    "EHLO": Stage.EHLO,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    ".": Stage.DOT,
}
# How long a silent server is waited for, at the one step at which it is silent.
PATIENCE = {
    "CONNECT": Timeouts(greeting=0.1),
    "EHLO": Timeouts(ehlo=0.1),
    "MAIL": Timeouts(mail=0.1),
    "RCPT": Timeouts(rcpt=0.1),
    "DATA": Timeouts(data=0.1),
    ".": Timeouts(dot=0.1),
}
BEFORE_MAIL = ("CONNECT", "EHLO")


async def nothing() -> None: ...


def courier(port: int, timeouts: Timeouts | None = None) -> SmtpCourier:
    return SmtpCourier(
        resolver=Zone(ZONE),
        book=Book(),
        hostname="gateway.example.com",
        draw=lambda: 0.5,
        now=clock,
        port=port,
        allowed_networks=("127.0.0.0/8",),
        timeouts=timeouts,
    )


async def carry(
    port: int, *, parcel: Parcel = PARCEL, times: int = 1, timeouts: Timeouts | None = None
) -> Report:
    made = courier(port, timeouts)
    try:
        for _ in range(times):
            report = await made.carry(parcel, before_data=nothing)
    finally:
        await made.close()
    return report


async def meet(step: str, fault: str, *, ehlo: str | None = None) -> Report:
    answers: dict[str, str | list[str]] = {step: fault}
    if ehlo is not None and step != "EHLO":
        answers["EHLO"] = ehlo
    if step == "EHLO":
        answers["HELO"] = fault
    async with NextHop(answers) as hop:
        return await carry(hop.port, timeouts=PATIENCE[step] if fault == HANG else None)


@pytest.mark.rule("F14")
@pytest.mark.rule("O29")
@pytest.mark.parametrize("ehlo", [None, PIPELINING], ids=["one by one", "pipelined"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "fault", [DROP, HANG, "hello", "99 huh", "250", "2500 x", "", "\0\xff", "421 4.3.2 bye"]
)
async def test_no_fault_of_a_server_loses_the_message(step: str, fault: str, ehlo: str | None) -> None:
    report = await meet(step, fault, ehlo=ehlo)
    outcome = judge(report)
    if fault == "250" and step != "DATA" and step != "CONNECT":
        assert outcome is Outcome.DELIVERED  # RFC 5321 4.2: the text may be missing
    elif step == "." and not fault.startswith("421"):
        assert (report.stage, outcome) == (Stage.DOT, Outcome.UNCERTAIN)
    elif (step, fault) == ("CONNECT", "250"):
        assert outcome is Outcome.DELIVERED  # the first digit counts
    else:
        assert (report.stage, outcome) == (STEPS[step], Outcome.DEFERRED)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("ehlo", [None, PIPELINING], ids=["one by one", "pipelined"])
@pytest.mark.parametrize(
    "words",
    ["{} no", "{}-one\r\n{} two", "{}-\r\n{}", "{}\r\n", "{}-4.9.9 odd\r\n{} 9.9.9 odder", "{} \t\xe9"],
)
async def test_a_4yz_waits_and_a_5yz_ends_it_from_mail_on_in_every_shape(
    step: str, ehlo: str | None, words: str
) -> None:
    report = await meet(step, words.replace("{}", "450").removesuffix("\r\n"), ehlo=ehlo)
    assert (report.stage, judge(report)) == (STEPS[step], Outcome.DEFERRED)
    report = await meet(step, words.replace("{}", "550").removesuffix("\r\n"), ehlo=ehlo)
    wanted = Outcome.DEFERRED if step in BEFORE_MAIL else Outcome.FAILED
    assert (report.stage, judge(report)) == (STEPS[step], wanted)


@pytest.mark.parametrize("step", STEPS)
async def test_an_endless_reply_is_cut_off(step: str) -> None:
    report = await meet(step, "250-" + "x" * 7000 + "\r\n" + "250-y\r\n" * 40_000 + "250 z")
    assert judge(report) is (Outcome.UNCERTAIN if step == "." else Outcome.DEFERRED)
    assert (await meet(step, "250 " + "x" * 100_000)).said is None


@pytest.mark.rule("F14")
@pytest.mark.parametrize("after", [b"220 ", b"220 hi\r\n250 x\r\n", b"220-hi\r\n220-more\r\n"])
async def test_a_reset_in_the_middle_is_a_fault_that_passes(after: bytes) -> None:
    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        await writer.drain()
        raw: socket.socket = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with serving(reset) as port:
        assert judge(await carry(port)) is Outcome.DEFERRED


@pytest.mark.rule("O29")
async def test_a_server_that_keeps_the_message_and_falls_silent_leaves_it_uncertain() -> None:
    async with NextHop({".": DROP}) as hop:
        report = await carry(hop.port)
    assert len(hop.messages) == 1
    assert judge(report) is Outcome.UNCERTAIN


async def test_a_reply_too_many_is_not_taken_for_the_answer_to_the_next_message() -> None:
    hop = NextHop({".": "250 2.0.0 kept\r\n250 2.0.0 and again", "RCPT": ["250 ok", "550 5.1.1 no"]})
    async with hop:
        report = await carry(hop.port, times=2)
    assert (report.stage, judge(report)) == (Stage.RCPT, Outcome.FAILED)
    assert len(hop.messages) == 1


async def test_a_server_that_speaks_before_it_is_asked_is_not_believed() -> None:
    async def eager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n250 hi\r\n250 ok\r\n250 ok\r\n354 go\r\n250 kept\r\n")
        await writer.drain()
        await reader.read()

    async with serving(eager) as port:
        report = await carry(port)
    assert (report.stage, judge(report)) == (Stage.EHLO, Outcome.DEFERRED)


async def test_a_message_is_not_poured_into_a_server_that_stops_reading() -> None:
    async def sated(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while not (await reader.readuntil(b"\r\n")).startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go\r\n")
        await over.wait()

    over = asyncio.Event()
    raw = b"Subject: hi\r\n\r\n" + b"x" * 70 * 400_000
    async with serving(sated) as port:
        report = await carry(port, parcel=replace(PARCEL, raw=raw), timeouts=Timeouts(block=0.1))
        over.set()
    assert (report.stage, judge(report)) == (Stage.DATA, Outcome.DEFERRED)


@pytest.mark.parametrize("step", ["MAIL", "RCPT"])
async def test_a_refusal_of_a_pipelined_envelope_leaves_the_session_in_step(step: str) -> None:
    hop = NextHop(
        {"EHLO": PIPELINING, step: ["550 5.7.1 no", "250 ok"], "RCPT" if step == "MAIL" else "X": "503 no"}
    )
    if step == "MAIL":
        hop.answers = {**hop.answers, "RCPT": ["503 5.5.1 MAIL first", "250 ok"]}
    async with hop:
        report = await carry(hop.port, times=2)
    assert judge(report) is Outcome.DELIVERED
    assert hop.sessions == 1
    assert len(hop.messages) == 1


async def test_mail_and_rcpt_go_together_and_data_waits_for_the_commit() -> None:
    packets: list[bytes] = []

    async def noting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        for answer in (
            b"250-hi\r\n250 PIPELINING\r\n",
            b"250 ok\r\n250 ok\r\n",
            b"354 go\r\n",
            b"250 kept\r\n",
        ):
            packets.append(await reader.read(10_000))
            writer.write(answer)
        await reader.read()

    committed: list[int] = []

    async def commit() -> None:
        committed.append(len(packets))

    async with serving(noting) as port:
        made = courier(port, Timeouts(quit=0.1))
        report = await made.carry(PARCEL, before_data=commit)
        await made.close()
    assert judge(report) is Outcome.DELIVERED
    assert packets[1] == b"MAIL FROM:<b=1@bounce.example.com>\r\nRCPT TO:<bob@example.org>\r\n"
    assert packets[2] == b"DATA\r\n"
    assert committed == [2]
