"""The SMTP door under peers that ask for too much, and what it counts of them."""

import asyncio
import tracemalloc
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from loftbox_cli.core.door_counts import DoorCounts
from loftbox_cli.core.peer_limits import PeerRates
from loftbox_cli.edge.smtp_in import Limits, SmtpDoor
from loftbox_cli.edge.smtp_in.conversation import Conversation
from tests.edge.smtp_peer import AGAIN, NOW, PATIENCE, Intake, connected, open_door, until_no_session

pytestmark = pytest.mark.rule("I21")

MIB = 1024 * 1024


def refused(counts: DoorCounts) -> dict[tuple[str, str, str], int]:
    return {(key.peer, key.domain, key.reason.value): count for key, count in counts.refusals.counts.items()}


async def until_held(door: SmtpDoor, octets: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while door._terms.budget.held < octets:  # noqa: ASYNC110 - the budget has no event
            await asyncio.sleep(0)


async def test_one_peer_cannot_have_every_session() -> None:
    intake, counts = Intake(), DoorCounts()
    limits = Limits(peer=PeerRates(at_once=1))
    async with open_door(intake, limits=limits, counts=counts) as door:
        async with connected(door) as peer:
            async with connected(door, greet=False) as other:
                assert (await other.line()).startswith("421 4.7.0 ")
                assert await other.line() == ""
            assert (await peer.message(b"one\r\n")).startswith("250 ")
            assert counts.sessions == 1
        await until_no_session(door)
        assert counts.sessions == 0
        async with connected(door) as peer:
            assert (await peer.ask("NOOP")).startswith("250 ")
    assert refused(counts) == {("127.0.0.1", "", "too_many_connections"): 1}


async def test_one_peer_cannot_connect_without_end() -> None:
    intake = Intake()
    async with open_door(intake, limits=Limits(peer=PeerRates(connections=2))) as door:
        greetings = []
        for _ in range(3):
            async with connected(door, greet=False) as peer:
                greetings.append((await peer.line())[:4])
    assert greetings == ["220 ", "220 ", "421 "]


async def test_one_peer_cannot_bring_messages_without_end() -> None:
    intake, counts = Intake(), DoorCounts()
    limits = Limits(peer=PeerRates(messages=1))
    async with open_door(intake, limits=limits, counts=counts) as door, connected(door) as peer:
        assert (await peer.message(b"one\r\n")).startswith("250 ")
        await peer.ask("MAIL FROM:<writer@peer.test>")
        await peer.ask("RCPT TO:<agent@loftbox.test>")
        assert (await peer.ask("DATA")).startswith("421 4.7.0 too many messages")
        assert await peer.line() == ""
    assert len(intake.arrivals) == 1
    assert refused(counts) == {("127.0.0.1", "loftbox.test", "too_many_messages"): 1}


async def test_the_limits_of_one_peer_do_not_hold_for_exempt_networks() -> None:
    intake = Intake()
    limits = Limits(peer=PeerRates(0, 0, 0), exempt=("127.0.0.0/8",))
    async with open_door(intake, limits=limits) as door, connected(door) as peer:
        assert (await peer.message(b"one\r\n")).startswith("250 ")


@pytest.mark.rule("A7")
async def test_a_session_that_never_stops_is_ended_however_busy_it_is() -> None:
    intake, counts = Intake(), DoorCounts()
    async with open_door(intake, counts=counts) as door, connected(door) as peer:
        await peer.to_data()
        (session,) = door._sessions
        session._ends_at = 0.0
        said = asyncio.create_task(peer.line())
        while not said.done():
            await peer.say(b"x" * 10 + b"\r\n")
            await asyncio.wait({said}, timeout=0.005)
        with suppress(ConnectionResetError):  # by what was on its way when the door closed
            assert (await said).startswith("421 4.7.0 the session has lasted")
            assert await peer.line() == ""
    assert intake.arrivals == []
    assert refused(counts) == {("127.0.0.1", "", "too_slow"): 1}


async def test_a_session_that_is_over_while_its_message_is_saved_hears_the_250_first() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\n")
        await intake.begun.wait()
        (session,) = door._sessions
        session._ends_at = 0.0
        session._time_is_up()
        assert not session.over.done()
        intake.may_commit.set()
        assert (await peer.line()).startswith("250 2.0.0 ")
        assert (await peer.line()).startswith("421 4.7.0 ")


@pytest.mark.rule("A8")
async def test_unknown_names_are_answered_late_after_a_few_and_then_no_more() -> None:
    intake, counts = Intake(), DoorCounts()
    limits = Limits(bad_recipients=1, bad_recipient_seconds=0.01, errors=4)
    async with open_door(intake, limits=limits, counts=counts) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<>")
        replies = [
            (await peer.ask(f"RCPT TO:<{name}>"))[:9]
            for name in ("a@loftbox.test", "b@loftbox.test", "c@else.test", "d@loftbox.test")
        ]
        assert replies == ["550 5.1.1", "550 5.1.1", "550 5.7.1", "421 4.7.0"]
        assert await peer.line() == ""
    assert refused(counts) == {
        ("127.0.0.1", "loftbox.test", "unknown_recipient"): 3,
        ("127.0.0.1", "else.test", "relaying_denied"): 1,
        ("127.0.0.1", "", "too_many_errors"): 1,
    }


async def test_only_unknown_names_after_the_first_few_wait() -> None:
    intake = Intake()
    limits = Limits(bad_recipients=2, bad_recipient_seconds=7.0)
    async with open_door(intake, limits=limits) as door:
        talk = Conversation(door._terms, lambda _reply, _domain: None, secured=False)
        for line in (b"EHLO peer.test\r\n", b"MAIL FROM:<>\r\n"):
            assert talk.answer(line).late == 0
        late = [talk.answer(b"RCPT TO:<nobody@loftbox.test>\r\n").late for _ in range(4)]
        assert late == [0, 0, 7, 7]
        assert talk.answer(b"RCPT TO:<agent@loftbox.test>\r\n").late == 0
        assert talk.answer(b"FROB\r\n").late == 0


@pytest.mark.rule("A8")
async def test_who_tries_a_list_of_names_over_many_sessions_is_sent_away() -> None:
    counts = DoorCounts()
    limits = Limits(peer=PeerRates(guesses=4))
    async with open_door(Intake(), limits=limits, counts=counts) as door, connected(door) as innocent:
        for number, reply in enumerate(["550 5.1.1 ", "550 5.1.1 ", "550 5.1.1 ", "421 4.7.0 "]):
            async with connected(door) as peer:
                await peer.ask("MAIL FROM:<writer@peer.test>")
                assert (await peer.ask(f"RCPT TO:<name{number}@loftbox.test>")).startswith(reply)
        async with connected(door, greet=False) as peer:
            assert (await peer.line()).startswith("421 4.7.0 too many unknown recipients")
            assert await peer.line() == ""
        # A session that is open and brings mail goes on until it guesses too.
        assert (await innocent.message(b"one\r\n")).startswith("250 ")
        await innocent.ask("MAIL FROM:<writer@peer.test>")
        assert (await innocent.ask("RCPT TO:<nobody@loftbox.test>")).startswith("421 4.7.0 ")
        assert await innocent.line() == ""
    assert refused(counts)["127.0.0.1", "", "too_many_guesses"] == 3


async def test_names_may_be_guessed_wrong_from_exempt_networks() -> None:
    limits = Limits(peer=PeerRates(guesses=1), exempt=("127.0.0.0/8",))
    async with open_door(Intake(), limits=limits) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<writer@peer.test>")
        for _ in range(3):
            assert (await peer.ask("RCPT TO:<nobody@loftbox.test>")).startswith("550 5.1.1 ")


@pytest.mark.rule("I20")
async def test_messages_that_find_no_memory_are_asked_to_come_back_and_the_others_go_on() -> None:
    intake, counts = Intake(), DoorCounts()
    limits = Limits(held_octets=3000)
    async with (
        open_door(intake, limits=limits, counts=counts) as door,
        connected(door) as first,
        connected(door) as second,
        connected(door) as third,
    ):
        await first.to_data()
        await second.to_data()
        await first.say(b"x" * 1900)
        await until_held(door, 1900)
        await second.say(b"y" * 1500 + b"\r\n.\r\n")
        assert (await second.reply()).startswith("452 4.3.1 ")
        await third.ask("MAIL FROM:<writer@peer.test> SIZE=1500")
        await third.ask("RCPT TO:<agent@loftbox.test>")
        assert (await third.ask("DATA")).startswith("452 4.3.1 ")
        await first.say(b"\r\n.\r\n")
        assert (await first.reply()).startswith("250 ")
        assert (await second.message(b"again\r\n")).startswith("250 ")
        assert (await third.message(b"again\r\n")).startswith("250 ")
        await second.to_data()
        await second.say(b"left behind")
    assert door._terms.budget.held == 0
    assert refused(counts) == {("127.0.0.1", "loftbox.test", "no_room"): 2}


@pytest.mark.rule("A6")
@pytest.mark.rule("I10")
async def test_what_is_said_ahead_while_a_message_is_saved_counts_as_memory() -> None:
    intake = Intake()
    ahead = b"NOOP\r\n" * 2000
    intake.may_commit.clear()
    limits = Limits(held_octets=len(ahead) + 1000, idle_commands=3000)
    async with (
        open_door(intake, limits=limits) as door,
        connected(door) as first,
        connected(door) as second,
    ):
        await first.to_data()
        await first.say(b"one\r\n.\r\n" + ahead)
        await until_held(door, len(b"one\r\n.\r\n") + len(ahead))
        await second.ask("MAIL FROM:<writer@peer.test> SIZE=1500")
        await second.ask("RCPT TO:<agent@loftbox.test>")
        assert (await second.ask("DATA")).startswith("452 4.3.1 ")
        intake.may_commit.set()
        assert [(await first.reply())[:4] for _ in range(2001)] == ["250 "] * 2001
        assert (await second.message(b"again\r\n")).startswith("250 ")
        assert door._terms.budget.held == 0


@pytest.mark.rule("A6")
@pytest.mark.rule("I10")
async def test_a_peer_that_talks_on_is_not_read_once_the_memory_is_spent() -> None:
    intake = Intake()
    intake.may_commit.clear()
    async with open_door(intake, limits=Limits(held_octets=1000)) as door, connected(door) as peer:
        await peer.to_data()
        await peer.say(b"one\r\n.\r\n")
        await intake.begun.wait()
        await peer.say(b"NOOP\r\n" * 1000)
        (session,) = door._sessions
        async with asyncio.timeout(PATIENCE):
            while not session._paused:  # noqa: ASYNC110 - the door has no event to say it with
                await asyncio.sleep(0)
        peer.reset()
        intake.may_commit.set()
        await until_no_session(door)
    assert door._terms.budget.held == 0


@pytest.mark.rule("A6")
@pytest.mark.rule("I20")
async def test_memory_stays_within_the_budget_whatever_many_sessions_send() -> None:
    intake = Intake()
    limits = Limits(held_octets=2 * MIB)
    async with open_door(intake, max_size=MIB, limits=limits) as door:
        tracemalloc.start()
        try:
            async with asyncio.TaskGroup() as group:
                replies = [group.create_task(_large(door)) for _ in range(12)]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert {reply.result()[:3] for reply in replies} <= {"250", "452"}
    # What arrived is kept by the test, and each connection has its own small buffers.
    kept = sum(len(arrival.raw) for arrival in intake.arrivals)
    assert peak < kept + 2 * limits.held_octets + 12 * MIB


async def _large(door: SmtpDoor) -> str:
    async with connected(door) as peer:
        await peer.to_data()
        await peer.say(b"\r\n")  # no header
        for _ in range(15):
            await peer.say(b"x" * 65_534 + b"\r\n")
        await peer.say(b".\r\n")
        return await peer.reply()


async def test_what_is_refused_after_data_is_counted_for_the_domain_that_it_was_for() -> None:
    intake, counts = Intake(), DoorCounts()
    async with open_door(intake, counts=counts) as door, connected(door) as peer:
        assert (await peer.message(b"bare\nline\r\n")).startswith("550 5.5.2 ")
        assert (await peer.message(b"one\r\n", mail_from="full@peer.test")).startswith("452 4.3.1 ")
        assert (await peer.message(b"one\r\n", mail_from="broken@peer.test")).startswith("451 4.3.0 ")
        assert (await peer.ask("FROB")).startswith("500 ")
        assert (await peer.message(b"one\r\n")).startswith("250 ")
    assert refused(counts) == {
        ("127.0.0.1", "loftbox.test", "bad_content"): 1,
        ("127.0.0.1", "loftbox.test", "no_room"): 1,
        ("127.0.0.1", "loftbox.test", "our_fault"): 1,
        ("127.0.0.1", "", "protocol"): 1,
    }
    standing = counts.standing(NOW)
    assert (standing.accepted_last_hour, standing.refused_last_hour) == (1, 4)


@pytest.mark.rule("I20")
async def test_a_fault_of_ours_at_rcpt_is_counted_for_the_domain_that_was_asked_for() -> None:
    counts = DoorCounts()
    async with open_door(Intake(), counts=counts) as door, connected(door) as peer:
        await peer.ask("MAIL FROM:<>")
        with capture_logs():
            for name in ("busy", "broken"):
                assert (await peer.ask(f"RCPT TO:<{name}@loftbox.test>")).startswith("451 4.3.0 ")
    assert refused(counts) == {("127.0.0.1", "loftbox.test", "our_fault"): 2}


@pytest.mark.rule("I31")
async def test_mail_that_comes_again_is_told_where_the_first_is_and_logged() -> None:
    intake = Intake()
    with capture_logs() as logs:
        async with open_door(intake) as door, connected(door) as peer:
            replies = [await peer.message(AGAIN) for _ in range(2)]
    assert replies == ["250 2.0.0 accepted as req_0000000000000001"] * 2
    (log,) = logs
    assert (log["event"], log["request_id"], log["first"]) == (
        "smtp_message_again",
        "req_0000000000000002",
        "req_0000000000000001",
    )
