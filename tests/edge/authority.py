"""An authority of the tests' own, and servers whose certificates it signed."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

BEGINS = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = BEGINS + timedelta(days=36500)


@dataclass(frozen=True)
class Issued:
    """One certificate and its key; `file` holds both, and the chain above."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    file: Path

    @property
    def context(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context

    def tlsa(self, usage: int, selector: int = 1, matching: int = 1) -> str:
        """The record that names it."""
        key = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        part = key if selector else self.certificate.public_bytes(Encoding.DER)
        return f"{usage} {selector} {matching} {(sha256(part).digest() if matching else part).hex()}"


class Authority:
    """Signs for names; `certificate` is what has to be trusted."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self.own = _made(folder / f"{name}.pem", name, None, names=(), ends=ENDS)

    @property
    def file(self) -> Path:
        """Its certificate alone."""
        path = self.own.file.with_suffix(".crt")
        path.write_bytes(self.own.certificate.public_bytes(Encoding.PEM))
        return path

    def server(self, *names: str, ends: datetime = ENDS) -> Issued:
        """Sign a certificate for these names; the server shows the authority's beside it."""
        return _made(self._folder / f"{names[0]}.pem", names[0], self.own, names=names, ends=ends)


def _made(
    file: Path, subject: str, issuer: Issued | None, *, names: tuple[str, ...], ends: datetime
) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(issuer.certificate.subject if issuer else own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGINS)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    chain = [certificate, *([issuer.certificate] if issuer else [])]
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + b"".join(each.public_bytes(Encoding.PEM) for each in chain)
    )
    return Issued(certificate, key, file)
