"""Real peers for the tests beside: a Postfix, and a certificate for each side."""

import contextlib
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.peers.hand import Hand, open_hand
from tests.peers.postfix import HOSTNAME, Postfix, running_postfix
from tests.peers.programs import wanted_postfix

StartPostfix = Callable[[Mapping[str, str]], Postfix]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM file with a key and its self-signed certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOSTNAME)])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOSTNAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "pair.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    """What our own door serves TLS with."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def postfix(certificate: Path) -> Iterator[StartPostfix]:
    """Start a Postfix that knows the routes it is given; all of them end with the test."""
    programs = wanted_postfix()
    with contextlib.ExitStack() as stack:

        def start(routes: Mapping[str, str]) -> Postfix:
            # Not under tmp_path, which other users may not enter. Its daemons end after their master does,
            # and may write while the folder goes.
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="loftbox-postfix-", ignore_cleanup_errors=True)
            )
            return stack.enter_context(
                running_postfix(programs, Path(folder), routes=routes, tls=certificate)
            )

        yield start


@pytest.fixture
async def hand() -> AsyncIterator[Hand]:
    """Take what Postfix delivers by the route `hand.route`."""
    async with open_hand() as opened:
        yield opened
