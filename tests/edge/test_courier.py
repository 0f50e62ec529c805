"""The courier against a next hop on loopback that answers as it is told."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found
from loftbox_cli.core.errors import LeaseLost
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Reply, Report, Stage
from loftbox_cli.edge.courier import SmtpCourier, Timeouts
from tests.edge.next_hop import DROP, HANG, Book, NextHop, Zone, clock, serving

RAW = b"From: a@example.com\r\nSubject: hi\r\n\r\nHello\r\n.\r\n..dots\r\n"
PARCEL = Parcel("b=1@bounce.example.com", "bob@example.org", "example.org", RAW)
BIG = b"From: a@example.com\r\n\r\n" + (b"." + b"x" * 76 + b"\r\n") * 80_000
QUICK = Timeouts(connect=5, greeting=0.1, ehlo=0.1, mail=0.1, rcpt=0.1, data=0.1, dot=0.1, quit=0.1)
ONE_HOST: dict[tuple[str, str], DnsAnswer] = {
    ("example.org", "MX"): Found(("10 mx.example.org",)),
    ("mx.example.org", "A"): Found(("127.0.0.1",)),
}


async def nothing() -> None: ...


@asynccontextmanager
async def courier(
    hop: NextHop, zone: dict[tuple[str, str], DnsAnswer] | None = None, **options: Any
) -> AsyncGenerator[SmtpCourier, None]:
    made = SmtpCourier(
        **{
            "resolver": Zone(ONE_HOST if zone is None else zone),
            "book": Book(),
            "now": clock,
            "hostname": "gateway.example.com",
            "draw": lambda: 0.5,
            "port": hop.port,
            "allowed_networks": ("127.0.0.0/8",),
            **options,
        }
    )
    try:
        yield made
    finally:
        await made.close()


async def carry(
    hop: NextHop,
    parcel: Parcel = PARCEL,
    before_data: Callable[[], Awaitable[None]] = nothing,
    **options: Any,
) -> Report:
    async with hop, courier(hop, **options) as made:
        return await made.carry(parcel, before_data=before_data)


@pytest.mark.rule("O28")
async def test_a_message_arrives_as_it_was_signed() -> None:
    hop = NextHop()
    report = await carry(hop)
    assert report.stage is Stage.DOT
    assert report.said == Reply(250, "2.0.0", "kept as 4711")
    assert (report.host, report.address, report.tls) == ("mx.example.org", "127.0.0.1", "")
    assert hop.messages == [RAW]
    assert hop.commands == [
        "EHLO gateway.example.com",
        f"MAIL FROM:<b=1@bounce.example.com> SIZE={len(RAW)}",
        "RCPT TO:<bob@example.org>",
        "DATA",
        "QUIT",
    ]


async def test_the_transcript_holds_the_dialog_and_no_content() -> None:
    report = await carry(NextHop())
    assert report.transcript[0].startswith("* connecting to mx.example.org [127.0.0.1]:")
    assert report.transcript[1:] == (
        "< 220 next.example ESMTP",
        "> EHLO gateway.example.com",
        "< 250-next.example",
        "< 250-8BITMIME",
        "< 250 SIZE 1000000",
        f"> MAIL FROM:<b=1@bounce.example.com> SIZE={len(RAW)}",
        "< 250 2.1.0 sender ok",
        "> RCPT TO:<bob@example.org>",
        "< 250 2.1.5 recipient ok",
        "> DATA",
        "< 354 go ahead",
        "< 250 2.0.0 kept as 4711",
    )


async def test_a_transcript_stays_short_and_keeps_the_end() -> None:
    lines = "".join(f"250-X{n} {'y' * 40}\r\n" for n in range(400)) + "250 " + "z" * 2000
    report = await carry(NextHop({"EHLO": lines, ".": "554 5.7.1 no"}))
    assert len(report.transcript) <= 100
    assert max(map(len, report.transcript)) <= 500
    assert report.transcript[-1] == "< 554 5.7.1 no"


@pytest.mark.parametrize(
    ("verb", "answer", "stage", "said"),
    [
        ("CONNECT", "421 4.3.2 full", Stage.GREETING, Reply(421, "4.3.2", "full")),
        ("CONNECT", "554 go away", Stage.GREETING, Reply(554, "", "go away")),
        ("EHLO", "451 4.3.0 later", Stage.EHLO, Reply(451, "4.3.0", "later")),
        ("MAIL", "451 4.7.1 greylisted", Stage.MAIL, Reply(451, "4.7.1", "greylisted")),
        ("MAIL", "550 5.7.1 no", Stage.MAIL, Reply(550, "5.7.1", "no")),
        ("RCPT", "450 4.2.1 full", Stage.RCPT, Reply(450, "4.2.1", "full")),
        (
            "RCPT",
            "550-5.1.1 no\r\n550 5.1.1 such user",
            Stage.RCPT,
            Reply(550, "5.1.1", "no\nsuch user"),
        ),
        ("RCPT", "421 4.3.2 bye", Stage.RCPT, Reply(421, "4.3.2", "bye")),
        ("DATA", "451 4.3.1 no room", Stage.DATA, Reply(451, "4.3.1", "no room")),
        ("DATA", "554 no valid recipients", Stage.DATA, Reply(554, "", "no valid recipients")),
        (".", "452 4.3.1 no room", Stage.DOT, Reply(452, "4.3.1", "no room")),
        (".", "554 5.7.1 spam", Stage.DOT, Reply(554, "5.7.1", "spam")),
    ],
)
async def test_a_refusal_is_reported_in_the_peers_own_words(
    verb: str, answer: str, stage: Stage, said: Reply
) -> None:
    report = await carry(NextHop({verb: answer}))
    assert (report.stage, report.said, report.fault, report.hopeless) == (stage, said, "", False)


STEPS = {
    "CONNECT": Stage.GREETING,
    "EHLO": Stage.EHLO,
    "MAIL": Stage.MAIL,
    "RCPT": Stage.RCPT,
    "DATA": Stage.DATA,
    ".": Stage.DOT,
}


@pytest.mark.parametrize(
    "answer", [DROP, HANG, "hello there", "99 huh", "-12 huh", "600 huh", "out of order"]
)
@pytest.mark.parametrize("verb", STEPS)
async def test_a_peer_that_makes_no_sense_leaves_a_fault_and_no_words(verb: str, answer: str) -> None:
    if answer == "out of order":
        answer = "250 2.0.0 ok" if verb == "DATA" else "354 go ahead"
    report = await carry(NextHop({verb: answer}), timeouts=QUICK)
    assert (report.stage, report.said, report.hopeless) == (STEPS[verb], None, False)
    assert report.fault
    assert report.host == "mx.example.org"


@pytest.mark.rule("F14")
@pytest.mark.rule("O29")
async def test_a_lost_answer_after_the_dot_is_told_apart_from_a_lost_message() -> None:
    hop = NextHop({".": DROP})
    report = await carry(hop)
    assert hop.messages == [RAW]
    assert report.stage is Stage.DOT
    assert report.said is None
    assert report.fault == "the connection broke before the answer after the final dot"


async def test_a_connection_lost_in_the_middle_of_the_content_handed_nothing_over() -> None:
    async def hang_up_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while not (await reader.readuntil(b"\r\n")).startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go\r\n")
        await reader.read(1000)
        writer.transport.abort()

    async with serving(hang_up_early) as port, courier(NextHop(port=port)) as made:
        report = await made.carry(replace(PARCEL, raw=BIG), before_data=nothing)
    assert (report.stage, report.said) == (Stage.DATA, None)


async def test_a_peer_that_refuses_half_way_through_the_content_is_quoted() -> None:
    async def refuse_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while not (await reader.readuntil(b"\r\n")).startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go\r\n")
        await reader.read(1000)
        writer.write(b"552 5.3.4 too big\r\n")
        await writer.drain()

    async with serving(refuse_early) as port, courier(NextHop(port=port)) as made:
        report = await made.carry(replace(PARCEL, raw=BIG), before_data=nothing)
    assert (report.stage, report.said) == (Stage.DATA, Reply(552, "5.3.4", "too big"))


async def test_a_message_of_many_blocks_arrives_whole() -> None:
    hop = NextHop({"EHLO": "250-next.example\r\n250 SIZE"})
    report = await carry(hop, replace(PARCEL, raw=BIG))
    assert report.said is not None
    assert report.said.code == 250
    assert hop.messages == [BIG]


@pytest.mark.parametrize("answer", ["250 2.0.0 ok", "354 more", "99 huh", "hello"])
async def test_an_answer_before_the_end_of_the_content_is_no_success(answer: str) -> None:
    async def answer_early(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        while not (await reader.readuntil(b"\r\n")).startswith(b"DATA"):
            writer.write(b"250 ok\r\n")
        writer.write(b"354 go\r\n")
        await reader.read(1000)
        writer.write(answer.encode() + b"\r\n")
        await reader.read()

    async with serving(answer_early) as port, courier(NextHop(port=port)) as made:
        report = await made.carry(replace(PARCEL, raw=BIG), before_data=nothing)
    assert (report.stage, report.said) == (Stage.DATA, None)


async def test_before_data_runs_when_the_peer_has_taken_the_envelope() -> None:
    hop = NextHop()
    seen: list[str] = []

    async def note() -> None:
        seen.extend(command.partition(" ")[0] for command in hop.commands)

    await carry(hop, before_data=note)
    assert seen == ["EHLO", "MAIL", "RCPT"]


async def test_before_data_is_not_asked_when_the_recipient_is_refused() -> None:
    async def note() -> None:
        pytest.fail("the envelope was refused")

    assert (await carry(NextHop({"RCPT": "550 5.1.1 no"}), before_data=note)).stage is Stage.RCPT


async def test_nothing_is_sent_when_before_data_raises() -> None:
    async def stop() -> None:
        raise LeaseLost("another worker took it over")

    hop = NextHop()
    async with hop, courier(hop) as made:
        with pytest.raises(LeaseLost):
            await made.carry(PARCEL, before_data=stop)
        report = await made.carry(PARCEL, before_data=nothing)
    assert report.stage is Stage.DOT
    assert hop.messages == [RAW]
    assert [command.partition(" ")[0] for command in hop.commands] == [
        *("EHLO", "MAIL", "RCPT"),
        *("RSET", "MAIL", "RCPT", "DATA", "QUIT"),
    ]


async def test_a_canceled_delivery_does_not_leave_its_session_to_the_next_one() -> None:
    hop = NextHop({"RCPT": [HANG, "250 ok"]})
    async with hop, courier(hop) as made:
        first = asyncio.ensure_future(made.carry(PARCEL, before_data=nothing))
        await hop.hanging.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert (await made.carry(PARCEL, before_data=nothing)).stage is Stage.DOT
    assert hop.sessions == 2


@pytest.mark.rule("A2")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rcpt_to": "a@x, b@y"}, "not one plain address"),
        ({"rcpt_to": ""}, "not one plain address"),
        ({"mail_from": "b@y>\r\nRCPT TO:<evil@example.net"}, "not one plain address"),
        ({"raw": b"Subject: x\r\n\r\nbare\nline\r\n"}, "bare CR or LF"),
        ({"raw": b"Subject: x\r\n\r\n\r\r\n.\r\n"}, "bare CR or LF"),
        ({"raw": b"Subject: x\r\n\r\na\0b\r\n"}, "NUL"),
    ],
)
@pytest.mark.rule("O26b")
async def test_what_would_have_to_be_tidied_is_not_sent(change: dict[str, Any], words: str) -> None:
    hop = NextHop()
    report = await carry(hop, replace(PARCEL, **change))
    assert (report.stage, report.hopeless) == (Stage.ROUTE, True)
    assert words in report.fault
    assert hop.sessions == 0


@pytest.mark.rule("O31")
def test_no_step_gives_up_sooner_than_the_standard_asks() -> None:
    patience = Timeouts()
    assert patience.connect >= 30
    assert min(patience.greeting, patience.ehlo, patience.mail, patience.rcpt) >= 300
    assert (patience.data, patience.block, patience.dot) == (120, 180, 600)


async def test_the_null_sender_goes_out_as_empty_brackets() -> None:
    hop = NextHop()
    await carry(hop, replace(PARCEL, mail_from=""))
    assert hop.commands[1].startswith("MAIL FROM:<> ")


async def test_a_server_that_knows_only_helo_gets_the_message() -> None:
    hop = NextHop({"EHLO": "502 5.5.1 what"})
    report = await carry(hop)
    assert report.stage is Stage.DOT
    assert hop.commands[1:3] == ["HELO gateway.example.com", "MAIL FROM:<b=1@bounce.example.com>"]


EIGHT_BIT = replace(PARCEL, raw="Subject: x\r\n\r\nGrüße\r\n".encode())
UTF8_HEADER = replace(PARCEL, raw="Subject: Grüße\r\n\r\nx\r\n".encode())
UTF8_ADDRESS = replace(PARCEL, rcpt_to="jürgen@example.org")


@pytest.mark.parametrize(
    ("parcel", "options"),
    [
        (EIGHT_BIT, "BODY=8BITMIME"),
        (UTF8_HEADER, "BODY=8BITMIME SMTPUTF8"),
        (UTF8_ADDRESS, "SMTPUTF8"),
    ],
)
async def test_what_a_message_needs_is_declared_where_the_peer_has_it(parcel: Parcel, options: str) -> None:
    hop = NextHop({"EHLO": "250-hi\r\n250-8BITMIME\r\n250 SMTPUTF8"})
    assert (await carry(hop, parcel)).stage is Stage.DOT
    assert hop.commands[1] == f"MAIL FROM:<b=1@bounce.example.com> {options}"


@pytest.mark.rule("I9")
@pytest.mark.parametrize(
    ("parcel", "enhanced"), [(EIGHT_BIT, "5.6.3"), (UTF8_HEADER, "5.6.7"), (UTF8_ADDRESS, "5.6.7")]
)
async def test_what_the_peer_cannot_take_is_final(parcel: Parcel, enhanced: str) -> None:
    report = await carry(
        NextHop({"EHLO": "250-hi\r\n250 8BITMIME" if enhanced == "5.6.7" else "250 hi"}), parcel
    )
    assert report.said is not None
    assert (report.stage, report.said.enhanced, report.hopeless) == (Stage.MAIL, enhanced, True)
    assert "does not take" in report.said.text


async def test_where_all_is_missing_the_address_is_what_is_told() -> None:
    report = await carry(NextHop({"EHLO": "250 hi"}), UTF8_HEADER)
    assert report.said is not None
    assert (report.said.code, report.said.enhanced) == (553, "5.6.7")


async def test_a_message_over_the_peers_limit_is_not_sent() -> None:
    hop = NextHop({"EHLO": "250-hi\r\n250 SIZE 20"})
    report = await carry(hop)
    assert report.said is not None
    assert (report.stage, report.said.code, report.said.enhanced) == (Stage.MAIL, 552, "5.3.4")
    assert hop.commands == ["EHLO gateway.example.com", "QUIT"]


@pytest.mark.parametrize("limit", ["", " 0", " what"])
async def test_no_limit_is_no_hindrance(limit: str) -> None:
    assert (await carry(NextHop({"EHLO": f"250-hi\r\n250 SIZE{limit}"}))).stage is Stage.DOT
