"""DANE with real servers: nsd serves a signed zone, unbound validates it, Postfix takes the mail."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from loftbox_cli.core.dns import Found
from loftbox_cli.core.parcel import Parcel
from loftbox_cli.core.report import Report, Stage
from loftbox_cli.edge.courier import SmtpCourier
from loftbox_cli.edge.resolver.resolver import DnsResolver
from loftbox_cli.edge.system.clock import SystemClock
from tests.edge.next_hop import Book
from tests.peers.conftest import StartPostfix
from tests.peers.postfix import Postfix
from tests.peers.signed_dns import signed_dns

pytestmark = pytest.mark.peer

RAW = b"From: <agent@loftbox.test>\r\nSubject: dane\r\n\r\nhi\r\n"
RECORDS = """\
@ MX 10 mx
mx A 127.0.0.1
_{port}._tcp.mx TLSA 3 1 1 {digest}
other MX 10 mx.other
mx.other A 127.0.0.1
_{port}._tcp.mx.other TLSA 3 1 1 {another}
forged MX 10 mx.forged
mx.forged A 127.0.0.1
_{port}._tcp.mx.forged TLSA 3 1 1 {digest}
without MX 10 mx.without
mx.without A 127.0.0.1
alias MX 10 mx.alias
mx.alias CNAME mx
"""


class World:
    """One courier that asks unbound and speaks to Postfix."""

    def __init__(self, peer: Postfix, server: str) -> None:
        self.book = Book()
        self.peer = peer
        self.resolver = DnsResolver([server])
        self.courier = SmtpCourier(
            resolver=self.resolver,
            book=self.book,
            hostname="out.loftbox.test",
            draw=lambda: 0.5,
            now=SystemClock().now,
            port=peer.port,
            allowed_networks=("127.0.0.0/8",),
        )

    async def carry(self, destination: str) -> Report:
        parcel = Parcel("bounce@loftbox.test", f"reader@{destination}", destination, RAW)
        return await self.courier.carry(parcel, before_data=lambda: asyncio.sleep(0))


def key_digest(certificate: Path) -> str:
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


@asynccontextmanager
async def world(start: StartPostfix, certificate: Path, folder: Path) -> AsyncIterator[World]:
    names = ("dane.test", "other.dane.test", "forged.dane.test", "without.dane.test", "alias.dane.test")
    peer = start(dict.fromkeys((*names, "other.plain.test"), "discard:"))
    records = RECORDS.format(port=peer.port, digest=key_digest(certificate), another="00" * 32)
    with signed_dns(folder, records, forged=f"_{peer.port}._tcp.mx.forged") as server:
        made = World(peer, server)
        try:
            yield made
        finally:
            await made.courier.close()


@pytest.mark.rule("O9")
async def test_mail_goes_to_the_server_that_signed_dns_names_and_to_no_other(
    postfix: StartPostfix, certificate: Path, tmp_path: Path
) -> None:
    async with world(postfix, certificate, tmp_path) as here:
        named = await here.carry("dane.test")
        assert named.stage is Stage.DOT, named
        assert any("verified by DANE" in line for line in named.transcript)

        by_alias = await here.carry("alias.dane.test")
        assert any("verified by DANE" in line for line in by_alias.transcript)

        another = await here.carry("other.dane.test")
        assert (another.stage, another.said) == (Stage.TLS, None)
        assert "not the one that DNS names" in another.fault

        forged = await here.carry("forged.dane.test")
        assert (forged.stage, forged.said, forged.hopeless) == (Stage.ROUTE, None, False)
        assert "SERVFAIL" in forged.fault

        without = await here.carry("without.dane.test")
        assert without.stage is Stage.DOT
        assert not any("DANE" in line for line in without.transcript)

        unsigned = await here.carry("other.plain.test")
        assert unsigned.stage is Stage.DOT
        assert not any("DANE" in line for line in unsigned.transcript)


@pytest.mark.rule("O9")
async def test_only_what_unbound_has_validated_counts_as_authenticated(
    postfix: StartPostfix, certificate: Path, tmp_path: Path
) -> None:
    async with world(postfix, certificate, tmp_path) as here:
        name = f"_{here.peer.port}._tcp.mx"
        signed = await here.resolver.ask(f"{name}.dane.test", "TLSA")
        assert isinstance(signed, Found)
        assert signed.authenticated
        unsigned = await here.resolver.ask(f"{name}.plain.test", "TLSA")
        assert isinstance(unsigned, Found)
        assert not unsigned.authenticated
