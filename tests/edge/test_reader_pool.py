"""The processes that read: a mail that kills its reader costs only itself."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from loftbox_cli.core.errors import ReaderDied
from loftbox_cli.edge.mail_read import wire
from loftbox_cli.edge.mail_read.parse import read
from loftbox_cli.edge.mail_read.pool import ReaderPool, deadline

MAIL = b"From: jane@example.com\r\nSubject: Hello\r\n\r\nGood morning\r\n"

# A worker that does to itself what a hostile mail might do to it.
FRAGILE = """
import os, signal, sys
from loftbox_cli.edge.mail_read import worker

def fragile(raw, whole=worker.read):
    if b"FOREVER" in raw:
        while True:
            pass
    if b"CRASH" in raw:
        os.kill(os.getpid(), signal.SIGSEGV)
    if b"MEMORY" in raw:
        bytearray(2 * worker.MEMORY)
    if b"LIE" in raw:
        sys.stdout.buffer.write(b"\\0\\0\\0\\2{}")
        sys.stdout.buffer.flush()
    return whole(raw)

worker.read = fragile
sys.stderr = open(os.devnull, "w")
worker.main()
"""


def bounded(octets: int) -> float:
    return 0.3 if octets < 100 else deadline(octets)


@pytest.fixture
async def pool() -> AsyncIterator[ReaderPool]:
    pool = ReaderPool()
    yield pool
    await pool.close()


@pytest.fixture
async def fragile() -> AsyncIterator[ReaderPool]:
    pool = ReaderPool(command=(sys.executable, "-c", FRAGILE), allowed=bounded)
    yield pool
    await pool.close()


async def test_a_mail_is_read_in_another_process(pool: ReaderPool) -> None:
    assert await pool.read(MAIL) == read(MAIL)


async def test_one_process_reads_mail_after_mail(pool: ReaderPool) -> None:
    readings = await asyncio.gather(*(pool.read(MAIL.replace(b"Hello", b"%d" % n)) for n in range(20)))
    assert [reading.subject for reading in readings] == [str(n) for n in range(20)]


async def test_a_mail_of_megabytes_goes_through(pool: ReaderPool) -> None:
    raw = MAIL + b"0123456789abcdef\r\n" * 120_000
    assert len((await pool.read(raw)).text) > 2_000_000


@pytest.mark.rule("B4")
@pytest.mark.parametrize("harm", [b"FOREVER", b"CRASH", b"MEMORY", b"LIE"])
async def test_after_a_mail_that_kills_its_reader_the_next_is_read(fragile: ReaderPool, harm: bytes) -> None:
    assert await fragile.read(MAIL) == read(MAIL)
    with pytest.raises(ReaderDied):
        await fragile.read(MAIL + harm)
    assert await fragile.read(MAIL) == read(MAIL)


async def test_whoever_stops_waiting_does_not_leave_the_answer_to_the_next(fragile: ReaderPool) -> None:
    await fragile.read(MAIL)
    waiting = asyncio.create_task(fragile.read(MAIL + b"FOREVER" + bytes(100)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await fragile.read(MAIL) == read(MAIL)


async def test_a_command_that_cannot_start_is_a_reader_that_died() -> None:
    pool = ReaderPool(command=("/nonexistent/reader",))
    with pytest.raises(ReaderDied):
        await pool.read(MAIL)
    await pool.close()


async def test_closing_ends_what_runs_and_refuses_what_comes() -> None:
    pool = ReaderPool(command=(sys.executable, "-c", FRAGILE))
    await pool.read(MAIL)
    waiting = asyncio.create_task(pool.read(MAIL + b"FOREVER"))
    await asyncio.sleep(0)
    await pool.close()
    with pytest.raises(ReaderDied):
        await waiting
    with pytest.raises(ReaderDied):
        await pool.read(MAIL)


async def test_secrets_of_the_daemon_do_not_reach_the_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOFTBOX_MASTER_KEY", "secret")
    told = tmp_path / "environment"
    script = f"import os; open({str(told)!r}, 'w').write(' '.join(os.environ))"
    pool = ReaderPool(command=(sys.executable, "-c", script))
    with pytest.raises(ReaderDied):
        await pool.read(MAIL)
    await pool.close()
    assert "LOFTBOX_MASTER_KEY" not in told.read_text()


@pytest.mark.rule("B2")
@pytest.mark.parametrize(("octets", "seconds"), [(0, 2), (1024**2, 2), (5 * 1024**2, 5), (25 * 1024**2, 10)])
def test_a_mail_has_a_second_for_each_mebibyte_but_two_at_least_and_ten_at_most(
    octets: int, seconds: float
) -> None:
    assert deadline(octets) == seconds


@pytest.mark.parametrize("said", [b"", b"{}", b"[]", b"null", b'"x"', b"\xff", b'{"text": 1}'])
def test_an_answer_that_is_no_reading_is_refused(said: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        wire.decode(wire.LENGTH.pack(len(said)) + said)


@pytest.mark.parametrize(
    "change", [lambda answer: answer[:-1], lambda answer: answer + b"x", lambda answer: answer[:2]]
)
def test_an_answer_of_another_length_than_it_says_is_refused(change: Callable[[bytes], bytes]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        wire.decode(change(wire.encode(read(MAIL))))
