"""The SMTP door takes mail from the mail servers of Debian, each as it comes: Postfix, Exim, OpenSMTPD."""

import asyncio
import contextlib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import aiosmtplib
import pytest

from loftbox_cli.core.errors import StoreBusy
from loftbox_cli.edge.smtp_in import SmtpDoor
from loftbox_cli.edge.smtp_in.terms import MAX_SIZE
from tests.peers.exim import running_exim
from tests.peers.inbox import AGENT, RAW, UMLAUTS, WRITER, Inbox, open_door
from tests.peers.opensmtpd import running_opensmtpd
from tests.peers.postfix import HOSTNAME as POSTFIX
from tests.peers.postfix import running_postfix
from tests.peers.programs import wanted_postfix, wanted_root
from tests.peers.sender import LARGEST, Sender

pytestmark = pytest.mark.peer

Routes = dict[str, int]
StartSender = Callable[..., Sender]


@contextlib.contextmanager
def a_postfix(folder: Path, routes: Routes) -> Iterator[Sender]:
    transports = {domain: f"smtp:[127.0.0.1]:{port}" for domain, port in routes.items()}
    settings = {"message_size_limit": f"{LARGEST}"}
    with running_postfix(wanted_postfix(), folder, routes=transports, settings=settings) as postfix:
        yield Sender(POSTFIX, postfix.port, [folder / "log"])


def an_exim(folder: Path, routes: Routes) -> AbstractContextManager[Sender]:
    return running_exim(wanted_root("exim", "usr/sbin/exim4") / "usr/sbin/exim4", folder, routes)


def an_opensmtpd(folder: Path, routes: Routes) -> AbstractContextManager[Sender]:
    programs = wanted_root("opensmtpd", "usr/sbin/smtpd") / "usr/sbin"
    return running_opensmtpd(programs / "smtpd", programs / "smtpctl", folder, routes)


SENDERS = {"postfix": a_postfix, "exim": an_exim, "opensmtpd": an_opensmtpd}


@pytest.fixture(params=SENDERS)
def start(request: pytest.FixtureRequest) -> Iterator[StartSender]:
    """Start a server that relays the mail for our domain to a door, and what it writes itself to another."""
    with ExitStack() as closing:

        def started(door: SmtpDoor, bounces: SmtpDoor | None = None) -> Sender:
            # Not under tmp_path, which other users may not enter.
            folder = tempfile.TemporaryDirectory(prefix="loftbox-sender-", ignore_cleanup_errors=True)
            routes = {"loftbox.test": door.port}
            if bounces is not None:
                routes["sender.test"] = bounces.port
            return closing.enter_context(SENDERS[request.param](Path(closing.enter_context(folder)), routes))

        yield started


async def give(sender: Sender, raw: bytes = RAW, *, to: str = AGENT, options: tuple[str, ...] = ()) -> None:
    """Let the server take a mail that it shall relay."""
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=sender.port, start_tls=False, use_tls=False)
    async with client:
        await client.sendmail(WRITER, [to], raw, mail_options=options)


@pytest.mark.rule("I8")
async def test_a_mail_with_dots_long_lines_and_octets_over_127_is_relayed_unchanged(
    start: StartSender,
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, None) as door:
        sender = start(door)
        await give(sender, options=("BODY=8BITMIME",))
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)
    assert arrival.raw[: -len(RAW)].startswith(b"Received: ")
    assert (arrival.mail_from, arrival.rcpt_to, arrival.helo) == (WRITER, (AGENT,), sender.hostname)
    assert not arrival.tls


@pytest.mark.rule("I12")
async def test_where_the_door_has_tls_every_server_uses_it(start: StartSender, tls: ssl.SSLContext) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        await give(start(door))
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)
    assert arrival.tls.startswith("TLSv1.3")


@pytest.mark.rule("I19")
async def test_who_wrote_to_nobody_hears_it_from_the_own_server_in_our_words(start: StartSender) -> None:
    inbox, bounces = Inbox(), Inbox()
    async with open_door(inbox.accept, None) as door, open_door(bounces.accept, None) as back:
        await give(start(door, back), to="nobody@loftbox.test")
        bounce = await bounces.next()
    assert (bounce.mail_from, bounce.rcpt_to) == ("", (WRITER,))
    assert b"550 5.1.1 " in bounce.raw
    assert inbox.arrivals.empty()


@pytest.mark.rule("I20")
async def test_mail_that_we_could_not_write_down_is_kept_and_brought_again(start: StartSender) -> None:
    inbox = Inbox()
    inbox.faults.append(StoreBusy("the disk is slow"))
    async with open_door(inbox.accept, None) as door:
        sender = start(door)
        await give(sender)
        await inbox.faulted.wait()
        await asyncio.to_thread(sender.again)  # the door has to answer meanwhile
        arrival = await inbox.next()
    assert arrival.raw.endswith(RAW)
    assert "451 4.3." in sender.log


@pytest.mark.rule("I7")
async def test_a_mail_just_under_the_limit_arrives_whole(start: StartSender) -> None:
    inbox = Inbox()
    line = b"x" * 76 + b"\r\n"
    raw = RAW + line * ((MAX_SIZE - len(RAW) - 4096) // len(line))
    async with open_door(inbox.accept, None) as door:
        await give(start(door), raw)
        arrival = await inbox.next()
    assert MAX_SIZE - 4096 <= len(arrival.raw) <= MAX_SIZE
    assert arrival.raw.endswith(raw)


@pytest.mark.rule("I9")
@pytest.mark.parametrize("start", ["postfix", "exim"], indirect=True)  # OpenSMTPD has no SMTPUTF8
async def test_an_address_with_umlauts_is_reached_through_servers_that_know_smtputf8(
    start: StartSender,
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, None) as door:
        await give(start(door), to=UMLAUTS, options=("SMTPUTF8", "BODY=8BITMIME"))
        arrival = await inbox.next()
    assert arrival.rcpt_to == (UMLAUTS,)
    assert arrival.smtputf8


@pytest.mark.rule("I10")
@pytest.mark.parametrize("start", ["exim"], indirect=True)  # whose log tells of it
async def test_a_server_that_pipelines_its_commands_is_understood(start: StartSender) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, None) as door:
        sender = start(door)
        await give(sender)
        await inbox.next()
    assert " L " in sender.log
