"""Reading the facts of a certificate from its file."""

from hashlib import sha256
from pathlib import Path

from loftbox_cli.core.doctor.doors import Certificate
from loftbox_cli.core.errors import BadConfiguration


def read_certificate(path: Path) -> Certificate:
    """Read the first certificate of a PEM file: it is the door's own; raises BadConfiguration."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        first = x509.load_pem_x509_certificates(path.read_bytes())[0]
        extension = first.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = tuple(extension.value.get_values_for_type(x509.DNSName))
    except OSError as error:
        raise BadConfiguration(
            f"{path} cannot be read: {error.strerror}",
            fix="name files that the user who runs LoftBox may read",
        ) from error
    except ValueError as error:
        raise BadConfiguration(
            f"{path} holds no certificate in PEM", fix="name the full chain in tls_certificate"
        ) from error
    except x509.ExtensionNotFound:
        names = ()
    return Certificate(
        names=names,
        begins=first.not_valid_before_utc,
        ends=first.not_valid_after_utc,
        self_signed=first.issuer == first.subject,
        octets=first.public_bytes(Encoding.DER),
        key_sha256=sha256(
            first.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ).hexdigest(),
    )
