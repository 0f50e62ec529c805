import asyncio
from collections.abc import AsyncIterator

import pytest

from loftbox_cli.core.dkim_key import Algorithm
from loftbox_cli.edge.mail_auth.signing import DkimSigner
from loftbox_cli.edge.simulator.judgement import dkim_verdicts
from loftbox_cli.edge.simulator.zone_server import ZoneServer
from loftbox_cli.edge.system.clock import SystemClock

NOW = SystemClock().now()  # at which dkimpy looks too
MAIL = b"From: support@demo.test\r\nSubject: hello\r\nMessage-ID: <1@demo.test>\r\n\r\nhello\r\n"
SIGNER = DkimSigner()
KEYS = (SIGNER.new_key(Algorithm.RSA, "r1"), SIGNER.new_key(Algorithm.ED25519, "e1"))
SIGNED = SIGNER.sign(MAIL, domain="demo.test", keys=KEYS, at=NOW)


@pytest.fixture
async def zone() -> AsyncIterator[ZoneServer]:
    server = ZoneServer({(f"{key.selector}._domainkey.demo.test", "TXT"): [key.record] for key in KEYS})
    await server.open()
    yield server
    await server.close()


async def judged(content: bytes, zone: ZoneServer) -> dict[str, bool]:
    verdicts = await asyncio.to_thread(dkim_verdicts, content, dns=(zone.host, zone.port))
    assert {verdict.domain for verdict in verdicts} <= {"demo.test"}
    return {verdict.algorithm: verdict.valid for verdict in verdicts}


async def test_each_signature_is_verified_with_the_key_that_dns_has(zone: ZoneServer) -> None:
    assert await judged(SIGNED, zone) == {"rsa-sha256": True, "ed25519-sha256": True}


async def test_a_changed_mail_verifies_with_no_key(zone: ZoneServer) -> None:
    changed = SIGNED.replace(b"hello\r\n", b"hallo\r\n")
    assert await judged(changed, zone) == {"rsa-sha256": False, "ed25519-sha256": False}


async def test_a_key_that_dns_does_not_have_verifies_nothing(zone: ZoneServer) -> None:
    zone.set("r1._domainkey.demo.test", "TXT", [])
    assert await judged(SIGNED, zone) == {"rsa-sha256": False, "ed25519-sha256": True}


async def test_mail_without_a_signature_has_no_verdict(zone: ZoneServer) -> None:
    assert await judged(MAIL, zone) == {}
