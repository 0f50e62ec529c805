import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import aiosmtplib
import pytest

from loftbox_cli.edge.simulator.answer import answer
from loftbox_cli.edge.simulator.recipient import Recipient
from loftbox_cli.edge.system.certificate import make_certificate, server_context

NOW = datetime(2026, 11, 21, 9, 44, 15, tzinfo=UTC)
LONG_ID = f"<{'x' * 80}@demo.test>"
ASKED = (
    b"Date: Sat, 21 Nov 2026 09:41:02 +0000\r\n"
    b"From: Support <support@demo.test>\r\n"
    b"To: anna@customer.test\r\n"
    b"Subject: Your parcel\r\n"
    b"References: <first@demo.test>\r\n"
    b"Message-ID: " + LONG_ID.encode() + b"\r\n"
    b"\r\n"
    b".It left today.\r\n"
    b"\r\n"
    b"Ask if it does not come.\r\n"
)


@pytest.fixture
async def recipient(tmp_path: Path) -> AsyncIterator[Recipient]:
    tls = server_context(*make_certificate(tmp_path, "mail.customer.test", now=NOW))
    server = Recipient(hostname="mail.customer.test", tls=tls)
    await server.open()
    yield server
    await server.close()


async def deliver(recipient: Recipient, content: bytes, *, start_tls: bool) -> None:
    async with aiosmtplib.SMTP(
        hostname=recipient.host, port=recipient.port, start_tls=start_tls, validate_certs=False
    ) as client:
        await client.sendmail("bounce+1@demo.test", ["anna@customer.test"], content)


async def test_it_keeps_a_message_byte_for_byte_with_its_envelope(recipient: Recipient) -> None:
    await deliver(recipient, ASKED, start_tls=False)
    mail = await recipient.received.nth(1)
    assert mail.content == ASKED
    assert (mail.mail_from, mail.rcpt_to, mail.tls) == ("bounce+1@demo.test", ("anna@customer.test",), "")


async def test_it_takes_mail_over_tls(recipient: Recipient) -> None:
    await deliver(recipient, ASKED, start_tls=True)
    assert (await recipient.received.nth(1)).tls.startswith("TLSv1.")


async def test_whoever_waits_for_the_second_message_gets_the_second(recipient: Recipient) -> None:
    second = asyncio.create_task(recipient.received.nth(2))
    await deliver(recipient, ASKED, start_tls=False)
    await deliver(recipient, ASKED + b"P.S.\r\n", start_tls=False)
    assert (await second).content.endswith(b"P.S.\r\n")
    assert len(recipient.received.items) == 2


async def test_its_person_answers_to_the_author_in_the_same_conversation(recipient: Recipient) -> None:
    gateway = Recipient(hostname="mx.demo.test")
    await gateway.open()
    await deliver(recipient, ASKED, start_tls=False)
    sent = await recipient.reply(
        await recipient.received.nth(1),
        "It came.",
        gateway=(gateway.host, gateway.port),
        date=NOW,
        message_id="<answer@customer.test>",
    )
    answered = await gateway.received.nth(1)
    assert answered.content == sent
    assert (answered.mail_from, answered.rcpt_to) == ("anna@customer.test", ("support@demo.test",))
    await gateway.close()


async def test_closing_hangs_up_on_whoever_is_connected(recipient: Recipient) -> None:
    reader, writer = await asyncio.open_connection(recipient.host, recipient.port)
    assert (await reader.readline()).startswith(b"220 mail.customer.test")
    await recipient.close()
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


def test_an_answer_names_its_parent_and_quotes_it() -> None:
    raw = answer(ASKED, "It came.", from_="anna@customer.test", date=NOW, message_id="<answer@customer.test>")
    mail = message_from_bytes(raw, policy=policy.SMTP)
    assert mail["Subject"] == "Re: Your parcel"
    assert mail["In-Reply-To"] == LONG_ID
    assert mail["References"] == f"<first@demo.test> {LONG_ID}"
    assert mail["Message-ID"] == "<answer@customer.test>"
    assert mail["To"] == "Support <support@demo.test>"
    assert mail["Date"] == "Sat, 21 Nov 2026 09:44:15 +0000"
    assert mail.get_content().splitlines() == [
        "It came.",
        "",
        "On Sat, 21 Nov 2026 09:41:02 +0000, Support <support@demo.test> wrote:",
        "> .It left today.",
        ">",
        "> Ask if it does not come.",
    ]
    assert b"=?" not in raw


def test_an_answer_to_an_answer_keeps_one_re() -> None:
    once = answer(ASKED, "One.", from_="anna@customer.test", date=NOW, message_id="<1@customer.test>")
    twice = answer(once, "Two.", from_="support@demo.test", date=NOW, message_id="<2@demo.test>")
    mail = message_from_bytes(twice, policy=policy.SMTP)
    assert mail["Subject"] == "Re: Your parcel"
    assert mail["References"].split()[-1] == "<1@customer.test>"


def test_mail_without_an_id_is_answered_without_a_parent() -> None:
    raw = answer(
        b"From: a@demo.test\r\n\r\nhi\r\n", "Yes?", from_="b@demo.test", date=NOW, message_id="<1@x.test>"
    )
    mail = message_from_bytes(raw, policy=policy.SMTP)
    assert mail["In-Reply-To"] is None
    assert mail["References"] is None
    assert mail["Subject"].strip() == "Re:"
