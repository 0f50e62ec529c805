"""Knocking at doors: what a good, an odd and a silent one is told as."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.health.certificate import read_certificate
from loftbox_cli.edge.health.doors import knock_http, knock_smtp
from loftbox_cli.edge.system.certificate import make_certificate, server_context

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LOOPBACK = "127.0.0.1"
PATIENCE = 10.0
AT_ONCE = 0.05


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "mx.loftbox.test", now=NOW)


class Door:
    """Says its lines one by one, each but the first after a line of the peer; None is a TLS handshake.

    A line with "!" comes after the first octet of what may be no line.
    """

    def __init__(self, lines: Sequence[str | None], tls: ssl.SSLContext | None) -> None:
        self.lines = lines
        self.tls = tls
        self.heard: list[str] = []
        self.visits: set[asyncio.Task[None]] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if visit := asyncio.current_task():
            self.visits.add(visit)
        with contextlib.suppress(OSError):
            for number, line in enumerate(self.lines):
                if line is None:
                    assert self.tls is not None
                    await writer.start_tls(self.tls)
                    continue
                if line.startswith("!"):
                    await reader.read(1)
                elif number:
                    self.heard.append((await reader.readline()).decode().rstrip())
                writer.write(line.removeprefix("!").encode())
                await writer.drain()
            await reader.read()
        writer.transport.abort()

    async def left(self) -> None:
        """Wait until every visitor has gone."""
        if self.visits:
            await asyncio.wait(self.visits, timeout=PATIENCE)


@contextlib.asynccontextmanager
async def opened(*lines: str | None, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Door, int]]:
    door = Door(lines, tls)
    server = await asyncio.start_server(door, LOOPBACK, 0)
    async with server:
        yield door, server.sockets[0].getsockname()[1]
        await door.left()


async def test_a_mail_door_is_greeted_secured_and_left_with_good_manners(pair: tuple[Path, Path]) -> None:
    lines = (
        "220 mx ESMTP\r\n",
        "250-mx\r\n250-SIZE 9\r\n250 STARTTLS\r\n",
        "220 go\r\n",
        None,
        "221 bye\r\n",
    )
    async with opened(*lines, tls=server_context(*pair)) as (door, port):
        heard = await knock_smtp(LOOPBACK, port, name="mx.loftbox.test", deadline=PATIENCE)
    assert heard.fault == ""
    assert heard.words == "220 mx ESMTP"
    assert heard.tls == "TLSv1.3"
    assert heard.certificate == read_certificate(pair[0]).octets
    assert heard.where == f"127.0.0.1:{port}"
    assert door.heard == ["EHLO mx.loftbox.test", "STARTTLS", "QUIT"]


async def test_a_mail_door_without_tls_is_told_as_such() -> None:
    async with opened("220 mx ESMTP\r\n", "250 mx\r\n", "221 bye\r\n") as (_, port):
        heard = await knock_smtp("", port, name="", deadline=PATIENCE)
    assert (heard.fault, heard.tls, heard.where) == ("", "", f"*:{port}")


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        (("554 go away\r\n",), "it said '554 go away'"),
        (("SSH-2.0-x\r\n",), "it said 'SSH-2.0-x'"),
        (("220 mx\r\n", "421 busy\r\n"), "it said '421 busy'"),
        (("220 mx\r\n", "250 STARTTLS\r\n", "454 no\r\n"), "it said '454 no'"),
        (("220 mx\r\n", "250 STARTTLS\r\n", "220 go\r\n", "!no TLS record"), "TLS handshake failed"),
        (("220-mx\r\n" * 200,), "its reply does not end"),
        (("x" * 100_000,), "limit"),
    ],
)
async def test_what_a_mail_door_says_wrongly_is_told(lines: tuple[str, ...], fault: str) -> None:
    async with opened(*lines) as (_, port):
        heard = await knock_smtp(LOOPBACK, port, name="mx", deadline=PATIENCE)
    assert fault in heard.fault


async def test_a_silent_door_costs_no_more_than_the_deadline() -> None:
    async with opened("") as (_, port):
        smtp = await knock_smtp(LOOPBACK, port, name="mx", deadline=AT_ONCE)
        http = await knock_http(LOOPBACK, port, tls=False, deadline=AT_ONCE)
    assert smtp.fault == http.fault == "it did not answer within 0.05 s"


async def test_a_door_that_is_not_there_cannot_be_reached() -> None:
    async with opened() as (_, port):
        pass
    assert "connection failed" in (await knock_smtp(LOOPBACK, port, name="mx", deadline=PATIENCE)).fault
    assert "connection failed" in (await knock_http(LOOPBACK, port, tls=False, deadline=PATIENCE)).fault


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("HTTP/1.1 200 OK\r\n\r\n", ""),
        ("HTTP/1.1 500 no\r\n\r\n", "it said 'HTTP/1.1 500 no'"),
        ("220 mx\r\n", "it said '220 mx'"),
    ],
)
async def test_the_api_answers_when_it_says_200(answer: str, fault: str) -> None:
    async with opened("", answer) as (door, port):
        heard = await knock_http(LOOPBACK, port, tls=False, deadline=PATIENCE)
    assert heard.fault == fault
    assert door.heard == ["GET /healthz HTTP/1.1"]


async def test_the_api_is_asked_by_tls_where_it_speaks_tls(pair: tuple[Path, Path]) -> None:
    door = Door(("", "HTTP/1.1 200 OK\r\n\r\n"), None)
    server = await asyncio.start_server(door, LOOPBACK, 0, ssl=server_context(*pair))
    async with server:
        port = server.sockets[0].getsockname()[1]
        heard = await knock_http(LOOPBACK, port, tls=True, deadline=PATIENCE)
        await door.left()
    assert (heard.fault, heard.tls) == ("", "TLSv1.3")


def test_a_certificate_tells_its_names_and_times(pair: tuple[Path, Path]) -> None:
    found = read_certificate(pair[0])
    assert found.names == ("mx.loftbox.test",)
    assert found.begins < NOW < found.ends
    assert found.self_signed


def test_a_file_without_a_certificate_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "smtp.crt"
    for change in (lambda: None, lambda: bad.write_text("no PEM"), lambda: bad.write_text("")):
        change()
        with pytest.raises(BadConfiguration, match=r"smtp\.crt"):
            read_certificate(bad)
