"""Real servers as the next hop of our mail: over TLS, and as smarthosts that ask for a login."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loftbox_cli.core.delivery import Outcome, judge
from loftbox_cli.core.dns import DnsAnswer, Found
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.core.smarthost import Login, Security, Smarthost
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.courier.contexts import Contexts
from loftbox_cli.edge.system.clock import SystemClock
from tests.edge.next_hop import Book, Zone
from tests.peers.exim import running_exim
from tests.peers.inbox import AGENT, Inbox, open_door
from tests.peers.opensmtpd import running_opensmtpd
from tests.peers.postfix import HOSTNAME as NAME
from tests.peers.programs import wanted_root
from tests.peers.sender import Sender

pytestmark = pytest.mark.peer

LOGIN = ("agent", "open-sesame")
RAW = (
    b"From: <agent@sender.test>\r\nSubject: on its way\r\n"
    b"Date: Sun, 22 Nov 2026 12:00:00 +0000\r\nMessage-ID: <one@sender.test>\r\n"
    b"\r\n.\r\n..dots \t\r\n"
)
ZONE: dict[tuple[str, str], DnsAnswer] = {
    ("loftbox.test", "MX"): Found((f"10 {NAME}",)),
    (NAME, "A"): Found(("127.0.0.1",)),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not under tmp_path, which other users may not enter.
    with tempfile.TemporaryDirectory(prefix="loftbox-hop-", ignore_cleanup_errors=True) as made:
        yield Path(made)


@contextlib.asynccontextmanager
async def exim(
    folder: Path, tls: Path, login: tuple[str, str] | None = None
) -> AsyncIterator[tuple[Sender, Inbox]]:
    inbox = Inbox()
    program = wanted_root("exim", "usr/sbin/exim4") / "usr/sbin/exim4"
    async with open_door(inbox.accept, None) as door:
        with running_exim(program, folder, {"loftbox.test": door.port}, tls=tls, login=login) as server:
            yield server, inbox


async def carry(port: int, certificate: Path, book: Book) -> Report:
    made = SmtpCourier(
        resolver=Zone(ZONE),
        book=book,
        hostname="out.sender.test",
        draw=lambda: 0.5,
        now=SystemClock().now,
        port=port,
        allowed_networks=("127.0.0.0/8",),
        contexts=Contexts(certificate),
    )
    parcel = Parcel("bounce@sender.test", AGENT, "loftbox.test", RAW)
    try:
        return await made.carry(parcel, before_data=lambda: asyncio.sleep(0))
    finally:
        await made.close()


@pytest.mark.rule("O7")
async def test_exim_takes_our_mail_over_tls_and_passes_it_on(folder: Path, certificate: Path) -> None:
    async with exim(folder, certificate) as (server, inbox):
        report = await carry(server.port, certificate, Book())
        assert (report.stage, judge(report)) == (Stage.DOT, Outcome.DELIVERED), (report, server.log)
        assert report.tls.startswith("TLSv1.3")
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)


@contextlib.asynccontextmanager
async def opensmtpd(folder: Path, tls: Path | None = None) -> AsyncIterator[tuple[Sender, Inbox]]:
    inbox = Inbox()
    programs = wanted_root("opensmtpd", "usr/sbin/smtpd") / "usr/sbin"
    async with open_door(inbox.accept, None) as door:
        routes = {"loftbox.test": door.port}
        with running_opensmtpd(programs / "smtpd", programs / "smtpctl", folder, routes, tls=tls) as server:
            yield server, inbox


async def test_opensmtpd_takes_our_mail_and_passes_it_on_unchanged(folder: Path, certificate: Path) -> None:
    async with opensmtpd(folder) as (server, inbox):
        report = await carry(server.port, certificate, Book())
        assert (report.stage, judge(report)) == (Stage.DOT, Outcome.DELIVERED), (report, server.log)
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)


@pytest.mark.rule("O7")
async def test_an_opensmtpd_that_offers_tls_gets_our_mail_also_where_its_tls_is_broken(
    folder: Path, certificate: Path
) -> None:
    async with opensmtpd(folder, certificate) as (server, inbox):
        report = await carry(server.port, certificate, Book())
        assert (report.stage, judge(report)) == (Stage.DOT, Outcome.DELIVERED), (report, server.log)
        arrival = await inbox.next()
    assert "> STARTTLS" in report.transcript
    assert report.tls.startswith("TLSv1.3") or "* trying again without TLS" in report.transcript
    assert arrival.raw.endswith(RAW)


@pytest.mark.rule("O30")
async def test_an_exim_that_asks_for_a_login_takes_our_mail_after_it(folder: Path, certificate: Path) -> None:
    async with exim(folder, certificate, LOGIN) as (server, inbox):
        book = Book((Smarthost(NAME, server.port, Security.STARTTLS, LOGIN[0]), Login(*LOGIN)))
        report = await carry(server.port, certificate, book)
        assert judge(report) is Outcome.DELIVERED, (report, server.log)
        assert any(line.startswith("* verified and encrypted") for line in report.transcript)
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)


@pytest.mark.rule("O30")
async def test_a_wrong_password_is_told_and_leaves_the_mail_in_the_queue(
    folder: Path, certificate: Path
) -> None:
    async with exim(folder, certificate, LOGIN) as (server, _):
        book = Book((Smarthost(NAME, server.port, Security.STARTTLS, LOGIN[0]), Login(LOGIN[0], "wrong")))
        report = await carry(server.port, certificate, book)
    assert (report.stage, judge(report)) == (Stage.AUTH, Outcome.DEFERRED)
    assert report.said is not None
    assert report.said.code == 535
    assert book.refused
