"""Fetching an MTA-STS policy from a server on loopback, and keeping it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, Unanswered
from loftbox_cli.core.mta_sts import Mode
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.edge.courier.sts import FetchError, Policies
from loftbox_cli.edge.courier.sts_fetch import PolicyFetch
from tests.edge.authority import Authority, Issued
from tests.edge.next_hop import NOW, Book, Zone, serving

HOST = "mta-sts.example.org"
POLICY = b"version: STSv1\r\nmode: enforce\r\nmx: mx.example.org\r\nmax_age: 604800\r\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
ADDRESS: dict[tuple[str, str], DnsAnswer] = {(HOST, "A"): Found(("127.0.0.1",))}
TXT = ("_mta-sts.example.org", "TXT")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def web(issued: Issued, *answer: bytes, asked: list[bytes] | None = None) -> AsyncGenerator[int, None]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(request)
        for part in answer:
            writer.write(part)

    async def secure(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(issued.context)
        await serve(reader, writer)

    async with serving(secure) as port:
        yield port


def fetch(port: int, authority: Authority, *, allowed: tuple[str, ...] = ("127.0.0.0/8",)) -> PolicyFetch:
    return PolicyFetch(Zone(ADDRESS), Contexts(authority.file), allowed, port=port)


@pytest.mark.rule("O8")
async def test_a_policy_comes_over_https_from_its_own_name(authority: Authority) -> None:
    asked: list[bytes] = []
    async with web(authority.server(HOST), HEAD, POLICY, asked=asked) as port:
        assert await fetch(port, authority)("example.org") == POLICY
    assert asked[0].startswith(b"GET /.well-known/mta-sts.txt HTTP/1.1\r\n")
    assert b"host: mta-sts.example.org\r\n" in asked[0].lower()


@pytest.mark.rule("O8")
@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.example.org/x\r\n\r\n", "answered 301"),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "answered 404"),
        (HEAD.replace(b"text/plain", b"text/html") + POLICY, "not text/plain"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + POLICY, "not text/plain"),
        (HEAD + b"x" * 70_000, "longer than 64 KiB"),
        (b"220 not HTTP\r\n\r\n", HOST),
        (b"", HOST),
    ],
)
async def test_another_answer_is_no_policy(authority: Authority, answer: bytes, why: str) -> None:
    async with web(authority.server(HOST), answer) as port:
        with pytest.raises(FetchError, match=why):
            await fetch(port, authority)("example.org")


@pytest.mark.rule("O8")
async def test_a_policy_under_a_bad_certificate_is_not_taken(authority: Authority, tmp_path: Path) -> None:
    for issued in (authority.server("example.org"), Authority(tmp_path, "stranger").server(HOST)):
        async with web(issued, HEAD, POLICY) as port:
            with pytest.raises(FetchError, match="certificate"):
                await fetch(port, authority)("example.org")


async def test_a_policy_inside_our_network_is_not_fetched(authority: Authority) -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 is not public"):
        await fetch(443, authority, allowed=())("example.org")
    with pytest.raises(FetchError, match="has no address"):
        await fetch(443, authority)("example.net")


async def test_a_server_that_stays_silent_is_not_waited_for(authority: Authority) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with serving(silent) as port:
        waiting = PolicyFetch(
            Zone(ADDRESS), Contexts(authority.file), ("127.0.0.0/8",), port=port, deadline=0.2
        )
        with pytest.raises(FetchError, match="did not answer within"):
            await waiting("example.org")


@dataclass
class Web:
    """Answers with a policy, or with a failure."""

    answer: bytes | FetchError = POLICY
    asked: list[str] = field(default_factory=list)

    async def __call__(self, domain: str) -> bytes:
        self.asked.append(domain)
        await asyncio.sleep(0)
        if isinstance(self.answer, FetchError):
            raise self.answer
        return self.answer


def world(txt: DnsAnswer, source: Web, book: Book, now: Callable[[], datetime] = lambda: NOW) -> Policies:
    return Policies(Zone({TXT: txt}), book, source, now)


def record(name: str) -> Found:
    return Found((f"v=STSv1; id={name}",))


@pytest.mark.rule("O8")
async def test_a_policy_is_fetched_once_and_outlives_a_restart() -> None:
    source, book = Web(), Book()
    for _ in range(3):
        kept = await world(record("1"), source, book).of("example.org")
        assert kept is not None
        assert (kept.mode, kept.mx, kept.until) == (
            Mode.ENFORCE,
            ("mx.example.org",),
            NOW + timedelta(days=7),
        )
    assert source.asked == ["example.org"]


@pytest.mark.rule("O8")
@pytest.mark.parametrize("txt", [Found(()), Unanswered("example.org", "SERVFAIL"), record("2")])
async def test_what_was_fetched_holds_though_dns_and_the_server_are_lost(txt: DnsAnswer) -> None:
    book = Book()
    first = await world(record("1"), Web(), book).of("example.org")
    later = world(txt, Web(FetchError("gone")), book, lambda: NOW + timedelta(days=6))
    assert await later.of("example.org") == first
    over = world(txt, Web(FetchError("gone")), book, lambda: NOW + timedelta(days=7))
    assert await over.of("example.org") is None


async def test_another_id_brings_the_changed_policy() -> None:
    book = Book()
    await world(record("1"), Web(), book).of("example.org")
    changed = Web(POLICY.replace(b"enforce", b"testing"))
    kept = await world(record("2"), changed, book).of("example.org")
    assert kept is not None
    assert kept.mode is Mode.TESTING
    gone = Web(b"version: STSv1\nmode: none\nmax_age: 60\n")
    assert await world(record("3"), gone, book).of("example.org") is None


async def test_a_failed_fetch_is_not_repeated_for_five_minutes() -> None:
    now = [NOW]
    source = Web(FetchError("refused"))
    policies = world(record("1"), source, Book(), lambda: now[0])
    for _ in range(3):
        assert await policies.of("example.org") is None
    assert len(source.asked) == 1
    now[0] += timedelta(minutes=5)
    source.answer = POLICY
    assert await policies.of("example.org") is not None


async def test_mails_at_the_same_time_wait_for_one_fetch() -> None:
    source = Web()
    policies = world(record("1"), source, Book())
    found = await asyncio.gather(*(policies.of("example.org") for _ in range(5)))
    assert len(source.asked) == 1
    assert all(policy is not None for policy in found)


async def test_a_policy_that_cannot_be_read_asks_for_nothing() -> None:
    book = Book()
    assert await world(record("1"), Web(b"<html>"), book).of("example.org") is None
    assert book.policies == {}
