"""Certificates for our doors.

`init` makes a self-signed one, so that STARTTLS is there from the first day: SMTP
senders do not check it unless DANE or MTA-STS says so (RFC 7435, RFC 3207
section 4.1). TLS 1.2 is the least (RFC 8996); session tickets are off, because a
large sender's client breaks on them.
"""

import ssl
from datetime import datetime, timedelta
from pathlib import Path

from loftbox_cli.core.errors import BadConfiguration
from loftbox_cli.edge.system.private_file import write_private

_LIFE = timedelta(days=3650)
_CLOCKS_DIFFER = timedelta(days=1)


def make_certificate(folder: Path, hostname: str, *, now: datetime) -> tuple[Path, Path]:
    """Write a new certificate and its key to `folder`; raises AlreadyExists."""
    certificate, key = self_signed(hostname, now=now)
    paths = folder / "smtp.crt", folder / "smtp.key"
    write_private(paths[1], key)
    write_private(paths[0], certificate)
    return paths


def self_signed(hostname: str, *, now: datetime) -> tuple[bytes, bytes]:
    """Make a certificate for `hostname` that signs itself, and its P-256 key, both as PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    # RFC 5280 appendix A.1 gives a common name 64 characters; the name that counts is the SAN.
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, hostname[:64])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(hostname)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), private


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Make the TLS side of a door; raises BadConfiguration naming the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION
    context.num_tickets = 0
    load_certificate(context, certificate, key)
    return context


def load_certificate(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Put a certificate into a context, also a living one: new sessions use it at once."""
    for path in (certificate, key):
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise BadConfiguration(
                f"{path} cannot be read: {error.strerror}",
                fix="name files that the user who runs LoftBox may read",
            ) from error
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        raise BadConfiguration(
            f"{certificate} and {key} are not a certificate and its key: {error.reason or 'no PEM inside'}",
            fix="name the full chain in tls_certificate, and its key without a passphrase in tls_key",
        ) from error
