"""SIGHUP reads the certificates again; whoever is connected stays so."""

import asyncio
import contextlib
import signal
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest

from loftbox_cli.edge.system.certificate import self_signed
from tests.serve.conftest import OpenGateway
from tests.serve.gateway import HOSTNAME, LOOPBACK, Gateway
from tests.serve.prepared import FREE
from tests.serve.smtp_client import MAIL, connected, trusting

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def write_certificate(folder: Path) -> bytes:
    """Write a new pair over the old one; answers the certificate as a session shows it."""
    certificate, key = self_signed(HOSTNAME, now=NOW)
    (folder / "tls.crt").write_bytes(certificate)
    (folder / "tls.key").write_bytes(key)
    return ssl.PEM_cert_to_DER_cert(certificate.decode())


@pytest.fixture
def gateway(open_gateway: OpenGateway, tmp_path: Path) -> Gateway:
    names = {"tls_certificate": str(tmp_path / "tls.crt"), "tls_key": str(tmp_path / "tls.key")}
    door = {"host": LOOPBACK, "port": 0, **names}
    return open_gateway(smtp=door, http=door)


async def shown(port: int) -> bytes:
    """The certificate that the API's door shows."""
    _, writer = await asyncio.open_connection(LOOPBACK, port, ssl=trusting())
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    assert isinstance(certificate, bytes)
    return certificate


async def test_new_sessions_get_the_new_certificate_and_old_ones_live_on(
    gateway: Gateway, tmp_path: Path
) -> None:
    first = write_certificate(tmp_path)
    daemon = await gateway.start()
    async with connected(gateway.smtp) as old:
        assert await old.start_tls() == first
        assert await shown(daemon.doors["http"]) == first
        second = write_certificate(tmp_path)
        daemon.process.send_signal(signal.SIGHUP)
        await daemon.said("certificate read again", door="smtp")
        await daemon.said("certificate read again", door="http")
        async with connected(gateway.smtp) as new:
            assert await new.start_tls() == second
        assert await shown(daemon.doors["http"]) == second
        assert (await old.message("jane@peer.test", FREE, MAIL)).startswith("250 ")


async def test_a_broken_file_leaves_the_old_certificate_in_force(gateway: Gateway, tmp_path: Path) -> None:
    first = write_certificate(tmp_path)
    daemon = await gateway.start()
    (tmp_path / "tls.crt").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    daemon.process.send_signal(signal.SIGHUP)
    told = await daemon.said("certificate not read", door="smtp")
    assert str(tmp_path / "tls.crt") in told["why"]
    async with connected(gateway.smtp) as client:
        assert await client.start_tls() == first
    assert await daemon.stop() == 0


async def test_a_certificate_that_is_broken_at_the_start_is_told_and_nothing_is_served(
    gateway: Gateway, tmp_path: Path
) -> None:
    write_certificate(tmp_path)
    (tmp_path / "tls.key").unlink()
    refused = await gateway.run("serve")
    assert (refused.code, refused.out) == (78, "")
    assert f"{tmp_path / 'tls.key'} cannot be read: No such file or directory" in refused.err
