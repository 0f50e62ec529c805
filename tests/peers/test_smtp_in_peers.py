"""The SMTP door meets clients that were written by others: swaks and smtp-source."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.peers.inbox import AGENT, RAW, WRITER, Inbox, open_door
from tests.peers.programs import wanted_postfix
from tests.peers.swaks import swaks

pytestmark = pytest.mark.peer


async def test_mail_from_swaks_over_starttls_arrives_as_the_same_bytes(
    tls: ssl.SSLContext, tmp_path: Path
) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        dialog = await swaks(door.port, WRITER, AGENT, RAW, "--tls", folder=tmp_path)
    arrival = await inbox.next()
    assert arrival.raw == RAW
    assert (arrival.mail_from, arrival.rcpt_to, arrival.helo) == (WRITER, (AGENT,), "swaks.test")
    assert arrival.tls.startswith("TLSv1.")
    assert f"accepted as {arrival.request_id}" in dialog


async def test_swaks_is_told_at_rcpt_that_nobody_has_the_address(tls: ssl.SSLContext, tmp_path: Path) -> None:
    inbox = Inbox()
    async with open_door(inbox.accept, tls) as door:
        with pytest.raises(subprocess.CalledProcessError) as refused:
            await swaks(door.port, WRITER, "nobody@loftbox.test", RAW, folder=tmp_path)
    assert "<** 550 5.1.1 " in refused.value.output
    assert inbox.arrivals.empty()


async def test_a_hundred_mails_over_ten_sessions_are_a_hundred_arrivals() -> None:
    source = wanted_postfix().commands / "smtp-source"
    inbox = Inbox()
    async with open_door(inbox.accept, None) as door:
        process = await asyncio.create_subprocess_exec(
            *(source, "-s", "10", "-m", "100", "-l", "2048", "-d", "-f", WRITER, "-t", AGENT),
            f"127.0.0.1:{door.port}",
            env=wanted_postfix().environment,
        )
        assert await process.wait() == 0
    assert inbox.arrivals.qsize() == 100
