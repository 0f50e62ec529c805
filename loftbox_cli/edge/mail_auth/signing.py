"""DKIM signatures on outbound mail (RFC 6376).

Canonicalisation is relaxed/relaxed, because relays re-fold headers and trim
lines; l= is never written, because it lets anybody append a body. Its time grows
with the length of the mail only (dkimpy's patterns take minutes for a megabyte of
spaces), and the header is walked once for all keys. The arithmetic is that of the
cryptography package, in constant time.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dkim_rotation import VALID_FOR
from loftbox_cli.edge.mail_auth import dkim_keys
from loftbox_cli.services.ports import Signer

# Fields that are signed once more than they occur, so that nobody can add
# another one in front (RFC 6376 section 8.15). From must be among them (5.4).
PROTECTED = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)

_KEPT_KEYS = 1024
_PROTECTED = tuple(name.lower().encode("ascii") for name in PROTECTED)
_NEXT_FIELD = re.compile(rb"\r\n(?![\t ])")
_TRAILING_SPACE = re.compile(rb"(?<![\t ])[\t ]++\r\n")
_WIDE_SPACE = re.compile(rb"\t[\t ]*+| [\t ]++")  # a single space is canonical already


class DkimSigner(Signer):
    """Signs with any number of keys; the body is hashed once."""

    def __init__(self) -> None:
        self._opened = lru_cache(maxsize=_KEPT_KEYS)(dkim_keys.opened)

    def new_key(self, algorithm: Algorithm, selector: str) -> DkimKey:
        """Make a key pair; takes up to a second for RSA."""
        return dkim_keys.new_key(algorithm, selector)

    def sign(self, raw: bytes, *, domain: str, keys: Sequence[DkimKey], at: datetime) -> bytes:
        """Answer `raw` with one DKIM-Signature for each key before it, the first key's on top.

        `raw` has canonical line ends. A body that does not end in CRLF gets one: SMTP
        would add it, and verifiers differ about what they hash without it.
        """
        if not raw.endswith(b"\r\n"):
            raw += b"\r\n"
        header, _, body = raw.partition(b"\r\n\r\n")
        names, signed = _signed_fields(header.removesuffix(b"\r\n"))
        listed = _wrapped(names)
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        fields = hashlib.sha256(signed)
        signatures = []
        for key in keys:
            value = _unsigned(domain, key, at, listed, body_hash)
            # RFC 6376 3.7: the signature's own field comes last, with an empty b= and without its CRLF.
            digest = fields.copy()
            digest.update(_relaxed(b"dkim-signature", value))
            signature = self._opened(key.private, key.algorithm)(digest.digest())
            signatures.append(b"DKIM-Signature:" + value + _folded(base64.b64encode(signature)) + b"\r\n")
        return b"".join((*signatures, raw))


def relaxed_body(body: bytes) -> bytes:
    """Canonicalise a body by RFC 6376 section 3.4.4, in time that grows with its length only."""
    # Most bodies have none of this, which is seen sooner than a pattern sees it.
    if b"\t" in body or b" \r\n" in body or b"  " in body:
        body = _WIDE_SPACE.sub(b" ", _TRAILING_SPACE.sub(b"\r\n", body))
    end = len(body)
    while body.endswith(b"\r\n\r\n", 0, end):
        end -= 2
    return b"" if body[:end] == b"\r\n" else body[:end]


def _signed_fields(header: bytes) -> tuple[list[bytes], bytes]:
    """Choose what is signed: the names for h=, and the fields, canonical, in that order.

    Of several fields with one name the lowest comes first (RFC 6376 section 5.4.2).
    """
    present: dict[bytes, list[bytes]] = {}
    for field in _NEXT_FIELD.split(header):
        name, colon, value = field.partition(b":")
        if not colon:
            raise ValueError(f"no field of a header: {field!r}")
        present.setdefault(name.rstrip(b"\t ").lower(), []).append(value)
    names: list[bytes] = []
    signed: list[bytes] = []
    for name in _PROTECTED:
        values = present.get(name, ())
        names += [name] * (len(values) + 1)
        signed += [_relaxed(name, value) + b"\r\n" for value in reversed(values)]
    return names, b"".join(signed)


def _relaxed(name: bytes, value: bytes) -> bytes:
    """Canonicalise a field by RFC 6376 section 3.4.2, without the CRLF behind it; `name` is in lower case."""
    return name + b":" + _WIDE_SPACE.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")


def _unsigned(domain: str, key: DkimKey, at: datetime, listed: bytes, body_hash: bytes) -> bytes:
    """Write the field's value up to the empty b=, in lines of at most 78 columns."""
    head = f" v=1; a={key.algorithm.value}; c=relaxed/relaxed; d={domain};\r\n s={key.selector};"
    times = f" t={int(at.timestamp())}; x={int((at + VALID_FOR).timestamp())};"
    return b"".join(
        (
            (head + times).encode("ascii"),
            b"\r\n h=",
            listed,
            b";\r\n bh=",
            body_hash,
            b";\r\n b=",
        )
    )


def _wrapped(names: Sequence[bytes], width: int = 70) -> bytes:
    """Join field names with colons; white space may stand beside each (RFC 6376 section 3.5, h=)."""
    lines = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > width:
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n  ".join(lines).removesuffix(b":")


def _folded(text: bytes, width: int = 72) -> bytes:
    return b"\r\n  ".join(text[start : start + width] for start in range(0, len(text), width))
