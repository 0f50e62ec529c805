"""What the SMTP door does beyond the words of a dialog."""

import asyncio
import ssl
import tracemalloc
from math import inf

import pytest
from structlog.testing import capture_logs

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.smtp_in import Limits
from loftbox_cli.edge.smtp_in import door as smtp_door
from loftbox_cli.edge.smtp_in.data import Data
from tests.edge.smtp_peer import (
    HOSTNAME,
    NOW,
    PATIENCE,
    Intake,
    certificate,
    connected,
    open_door,
    until_no_session,
)

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.rule("I15")
async def test_an_arrival_tells_who_brought_what_to_whom_and_when() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.message(b"Subject: one\r\n")
    (arrival,) = intake.arrivals
    assert arrival.request_id == "req_0000000000000001"
    assert arrival.received_at == NOW
    assert (arrival.peer, arrival.helo, arrival.tls) == ("127.0.0.1", "peer.test", "")
    assert (arrival.mail_from, arrival.rcpt_to) == ("writer@peer.test", ("agent@loftbox.test",))
    assert arrival.raw == b"Subject: one\r\n"
    assert arrival.trace == (
        b"Return-Path: <writer@peer.test>\r\n"
        b"Received: from peer.test ([127.0.0.1])\r\n"
        b"\tby mx.loftbox.test with ESMTP\r\n"
        b"\tid req_0000000000000001\r\n"
        b"\tfor <agent@loftbox.test>;\r\n"
        b"\tSun, 22 Nov 2026 12:00:00 +0000\r\n"
    )


@pytest.mark.rule("I12")
async def test_tls_is_no_older_than_1_2_and_gives_no_tickets(tls: ssl.SSLContext) -> None:
    intake = Intake()
    async with open_door(intake, tls=tls) as door, connected(door) as peer:
        assert (await peer.ask("STARTTLS")).startswith("220 ")
        await peer.start_tls()
        await peer.ask("EHLO peer.test")
        await peer.message(b"one\r\n")
        session = peer.writer.get_extra_info("ssl_object").session
        assert not session.has_ticket
    assert intake.arrivals[0].tls == "TLSv1.3 TLS_AES_256_GCM_SHA384"
    assert b" with ESMTPS (TLSv1.3 " in intake.arrivals[0].trace
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.rule("I12")
async def test_a_handshake_that_fails_costs_only_its_own_connection(tls: ssl.SSLContext) -> None:
    intake = Intake()
    async with open_door(intake, tls=tls) as door:
        async with connected(door) as peer:
            assert (await peer.ask("STARTTLS")).startswith("220 ")
            await peer.say(b"this is no handshake\r\n")
            assert await peer.line() == ""
        await until_no_session(door)
        async with connected(door) as peer:
            assert (await peer.message(b"one\r\n")).startswith("250 ")


@pytest.mark.rule("F2")
@pytest.mark.rule("I17")
async def test_the_250_waits_until_the_message_is_durable() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\nNOOP\r\n")
        await intake.begun.wait()
        said = asyncio.create_task(peer.line())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not said.done()
        intake.may_commit.set()
        assert (await said).startswith("250 2.0.0 accepted as req_")


@pytest.mark.rule("A14")
@pytest.mark.rule("I17")
async def test_a_peer_that_hangs_up_after_the_dot_does_not_stop_the_commit() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\n")
        await intake.begun.wait()
        peer.reset()
        await until_no_session(door)
        assert intake.arrivals == []
        intake.may_commit.set()
        async with asyncio.timeout(PATIENCE):
            await intake.committed.wait()
    assert len(intake.arrivals) == 1


@pytest.mark.rule("I17")
async def test_a_peer_that_closes_after_the_dot_does_not_stop_the_commit() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake) as door:
        async with connected(door) as peer:
            await peer.to_data()
            await peer.say(b"one\r\n.\r\n")
            await intake.begun.wait()
        intake.may_commit.set()
        await until_no_session(door)
    assert len(intake.arrivals) == 1


@pytest.mark.rule("A5")
@pytest.mark.rule("I20")
async def test_a_fault_is_logged_by_its_kind_and_place_and_without_its_words() -> None:
    intake = Intake()
    with capture_logs() as logs:
        async with open_door(intake) as door, connected(door) as peer:
            reply = await peer.message(b"Subject: private\r\n", mail_from="broken@peer.test")
    assert reply == "451 4.3.0 we have a fault here; try again later"
    (log,) = logs
    assert (log["event"], log["error"], log["log_level"]) == ("smtp_fault", "RuntimeError", "error")
    assert "smtp_peer.py:" in log["place"]
    assert not any(word in str(logs) for word in ("secret", "private", "broken@"))


@pytest.mark.rule("I20")
async def test_a_fault_in_the_middle_of_a_message_ends_the_session_before_its_text_is_obeyed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        monkeypatch.setattr(Data, "feed", lambda _data, _block: 1 // 0)
        await peer.say(b"one\r\nMAIL FROM:<evil@peer.test>\r\n.\r\n")
        assert (await peer.line()).startswith("451 4.3.0 ")
        assert await peer.line() == ""


@pytest.mark.rule("I4")
async def test_a_hundred_recipients_are_taken_in_one_transaction() -> None:
    intake = Intake()
    names = [f"agent+{number}@loftbox.test" for number in range(101)]
    async with open_door(intake) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<>")
        replies = [await peer.ask(f"RCPT TO:<{name}>") for name in names]
    assert {reply[:9] for reply in replies[:100]} == {"250 2.1.5"}
    assert replies[100].startswith("452 4.5.3 ")


@pytest.mark.rule("A7")
@pytest.mark.rule("I21")
async def test_a_peer_that_asks_much_and_brings_nothing_is_sent_away() -> None:
    intake = Intake()
    async with open_door(intake, limits=Limits(idle_commands=3)) as door, connected(door) as peer:
        assert [(await peer.ask("NOOP"))[:3] for _ in range(3)] == ["250", "250", "421"]
        assert await peer.line() == ""


@pytest.mark.rule("I21")
async def test_an_accepted_message_forgives_the_errors_before_it() -> None:
    intake = Intake()
    async with open_door(intake, limits=Limits(errors=2)) as door, connected(door) as peer:
        assert (await peer.ask("FROB")).startswith("500 ")
        assert (await peer.message(b"one\r\n")).startswith("250 ")
        assert (await peer.ask("FROB")).startswith("500 ")
        assert (await peer.ask("FROB")).startswith("421 4.7.0 ")


@pytest.mark.rule("A7")
@pytest.mark.rule("I21")
async def test_one_connection_too_many_is_told_so_and_the_others_go_on() -> None:
    intake = Intake()
    async with open_door(intake, limits=Limits(sessions=1)) as door, connected(door) as peer:
        async with connected(door, greet=False) as other:
            assert (await other.line()).startswith("421 4.7.0 ")
            assert await other.line() == ""
        assert (await peer.message(b"one\r\n")).startswith("250 ")


@pytest.mark.rule("I5")
async def test_a_peer_that_says_nothing_is_told_before_the_door_hangs_up() -> None:
    intake = Intake()
    limits = Limits(command_seconds=0.05)
    async with open_door(intake, limits=limits) as door, connected(door, greet=False) as peer:
        assert (await peer.line()).startswith("220 ")
        assert await peer.line() == "421 4.4.2 nothing came in time"
        assert await peer.line() == ""


@pytest.mark.rule("A7")
@pytest.mark.rule("I5")
async def test_single_octets_of_a_message_buy_no_time() -> None:
    intake = Intake()
    async with open_door(intake, limits=Limits(block_seconds=0.05)) as door, connected(door) as peer:
        await peer.to_data()
        said = asyncio.create_task(peer.line())
        while not said.done():
            await peer.say(b"x")
            await asyncio.wait({said}, timeout=0.005)
        assert await said == "421 4.4.2 nothing came in time"
    assert intake.arrivals == []


@pytest.mark.rule("I5")
async def test_a_slow_commit_is_not_held_against_the_peer() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\n")
        await intake.begun.wait()
        (session,) = door._sessions
        assert session._deadline == inf
        intake.may_commit.set()
        assert (await peer.line()).startswith("250 ")
        assert session._deadline < inf


@pytest.mark.rule("I7")
async def test_a_message_that_is_larger_than_it_said_is_refused_at_its_end() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<liar@peer.test> SIZE=10")
        await peer.ask("RCPT TO:<agent@loftbox.test>")
        await peer.ask("DATA")
        await peer.say(b"x" * 1999 + b"\r\n.\r\n")
        assert (await peer.reply()).startswith("552 5.3.4 ")
        assert (await peer.message(b"x" * 1998 + b"\r\n")).startswith("250 ")
    assert [len(arrival.raw) for arrival in intake.arrivals] == [2000]


@pytest.mark.rule("I7")
async def test_a_message_without_end_is_cut_off() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        for _ in range(8):
            await peer.say(b"x" * 1000)
        assert (await peer.reply()).startswith("552 5.3.4 ")
        assert await peer.line() == ""


@pytest.mark.rule("A6")
@pytest.mark.rule("I4")
async def test_memory_stays_near_the_limit_while_an_oversized_message_is_read() -> None:
    intake = Intake()
    async with open_door(intake, max_size=4 * MIB) as door, connected(door) as peer:
        await peer.to_data()
        block = b"x" * MIB
        tracemalloc.start()
        try:
            for _ in range(7):
                await peer.say(block)
            await peer.say(b"\r\n.\r\n")
            assert (await peer.reply()).startswith("552 5.3.4 ")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 8 * MIB
        assert (await peer.message(b"one\r\n")).startswith("250 ")


@pytest.mark.rule("A6")
@pytest.mark.rule("I4")
async def test_a_command_line_without_end_is_neither_kept_nor_obeyed() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.say(b"NOOP " + b"x" * 100_000)
        await peer.say(b"x" * 100_000 + b"\r\n")
        assert (await peer.reply()).startswith("500 5.5.2 ")
        assert (await peer.ask("NOOP")).startswith("250 ")


async def test_closing_ends_idle_sessions_at_once_and_takes_no_new_ones() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<>")
        await door.close(PATIENCE)
        assert (await peer.line()).startswith("421 4.3.2 ")
        assert await peer.line() == ""
        assert door.sessions == 0
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", door.port)


async def test_closing_waits_for_the_message_that_is_under_way() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"first half, ")
        closing = asyncio.create_task(door.close(PATIENCE))
        await asyncio.sleep(0)
        await peer.say(b"second half\r\n.\r\n")
        assert (await peer.line()).startswith("250 2.0.0 ")
        assert (await peer.line()).startswith("421 4.3.2 ")
        await closing
    assert intake.arrivals[0].raw == b"first half, second half\r\n"


async def test_closing_cuts_off_a_message_that_does_not_end_in_time() -> None:
    intake = Intake()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"first half")
        await door.close(0.02)
        assert (await peer.line()).startswith("421 4.3.2 ")
        assert door.sessions == 0
    assert intake.arrivals == []


async def test_closing_does_not_wait_for_a_tls_peer_that_has_stopped_listening(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp_door, "_LAST_WORD", 0.02)
    intake = Intake()
    async with open_door(intake, tls=tls) as door, connected(door) as peer:
        assert (await peer.ask("STARTTLS")).startswith("220 ")
        await peer.start_tls()
        assert (await peer.ask("EHLO peer.test")).startswith("250 ")
        peer.stop_listening()
        await door.close(0)
        assert door.sessions == 0
        peer.writer.transport.abort()


async def test_a_port_that_is_taken_is_named() -> None:
    intake = Intake()
    async with open_door(intake) as door:
        other = type(door)(
            host="127.0.0.1",
            port=door.port,
            hostname=HOSTNAME,
            check_recipient=print,
            accept=intake.accept,
            new_request_id=lambda: door.port,  # type: ignore[arg-type, return-value]  # never asked
            clock=None,  # type: ignore[arg-type]  # never asked
            tls=None,
        )
        with pytest.raises(BadConfiguration, match=f"127.0.0.1 port {door.port}: "):
            await other.open()
