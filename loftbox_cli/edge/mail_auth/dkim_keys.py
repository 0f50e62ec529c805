"""DKIM key pairs: made, and opened for signing (RFC 6376 section 3.3, RFC 8301, RFC 8463)."""

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils

from loftbox_cli.core.dkim_key import Algorithm, DkimKey

_RSA_BITS = 2048  # RFC 8301 3.2; larger keys no longer fit into one UDP answer

Sign = Callable[[bytes], bytes]
"""Takes a SHA-256 digest and gives the signature of it."""


def new_key(algorithm: Algorithm, selector: str) -> DkimKey:
    """Make a key pair in the forms that `DkimKey` documents."""
    if algorithm is Algorithm.ED25519:
        seed = ed25519.Ed25519PrivateKey.generate()
        # RFC 8463 4: p= is the bare 32 octets, not a SubjectPublicKeyInfo.
        public = seed.public_key().public_bytes_raw()
        return DkimKey(selector, algorithm, base64.b64encode(seed.private_bytes_raw()), _text(public))
    private = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return DkimKey(selector, algorithm, pem, _text(public))


def opened(private: bytes, algorithm: Algorithm) -> Sign:
    """Load a private key, which costs far more than one signature with it."""
    if algorithm is Algorithm.ED25519:
        # RFC 8463 3: the SHA-256 digest is what Ed25519 signs.
        return ed25519.Ed25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True)).sign
    key = serialization.load_pem_private_key(private, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        # A wrong value like a broken PEM, not a wrong type.
        raise ValueError("the key for rsa-sha256 is not an RSA key")  # noqa: TRY004
    scheme, digest_kind = padding.PKCS1v15(), utils.Prehashed(hashes.SHA256())
    return lambda digest: key.sign(digest, scheme, digest_kind)


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")
