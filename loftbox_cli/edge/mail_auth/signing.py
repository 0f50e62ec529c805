"""DKIM signatures on outbound mail (RFC 6376).

Canonicalisation is relaxed/relaxed, because relays re-fold headers and trim
lines; l= is never written, because it lets anybody append a body. Header
canonicalisation and the choice of fields are dkimpy's. The body's is ours, in
linear time (dkimpy's pattern takes minutes for a megabyte of spaces), and so is
the arithmetic, which the cryptography package does in constant time.
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
_TRAILING_SPACE = re.compile(rb"(?<![\t ])[\t ]++\r\n")
_WIDE_SPACE = re.compile(rb"\t[\t ]*+| [\t ]++")  # a single space is canonical already

_Fields = list[tuple[bytes, bytes]]


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
        fields = _relaxed_fields(header + b"\r\n")
        names = _names_to_sign(fields)
        body_hash = base64.b64encode(hashlib.sha256(relaxed_body(body)).digest())
        signatures = []
        for key in keys:
            value = _unsigned(domain, key, at, names, body_hash)
            digest = _header_digest(fields, names, value)
            signature = self._opened(key.private, key.algorithm)(digest)
            signatures.append(b"DKIM-Signature:" + value + _folded(base64.b64encode(signature)) + b"\r\n")
        return b"".join((*signatures, raw))


def relaxed_body(body: bytes) -> bytes:
    """Canonicalise a body by RFC 6376 section 3.4.4, in time that grows with its length only."""
    trimmed = _WIDE_SPACE.sub(b" ", _TRAILING_SPACE.sub(b"\r\n", body))
    end = len(trimmed)
    while trimmed.endswith(b"\r\n\r\n", 0, end):
        end -= 2
    return b"" if trimmed[:end] == b"\r\n" else trimmed[:end]


def _relaxed_fields(header: bytes) -> _Fields:
    # Late: with dkimpy comes dnspython, and not every command signs.
    import dkim
    from dkim.canonicalization import Relaxed

    fields, _ = dkim.rfc822_parse(header)
    relaxed: _Fields = Relaxed.canonicalize_headers(fields)
    return relaxed


def _names_to_sign(fields: _Fields) -> list[bytes]:
    present = [name for name, _ in fields]
    return [
        name
        for name in (field.lower().encode("ascii") for field in PROTECTED)
        for _ in range(present.count(name) + 1)
    ]


def _unsigned(domain: str, key: DkimKey, at: datetime, names: Sequence[bytes], body_hash: bytes) -> bytes:
    """Write the field's value up to the empty b=, in lines of at most 78 columns."""
    head = f" v=1; a={key.algorithm.value}; c=relaxed/relaxed; d={domain};\r\n s={key.selector};"
    times = f" t={int(at.timestamp())}; x={int((at + VALID_FOR).timestamp())};"
    return b"".join(
        (
            (head + times).encode("ascii"),
            b"\r\n h=",
            _wrapped(names),
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


def _header_digest(fields: _Fields, names: Sequence[bytes], value: bytes) -> bytes:
    import dkim
    from dkim.canonicalization import Relaxed

    chosen = dkim.select_headers(fields, names)
    # RFC 6376 3.7: the signature's own field comes last, with an empty b= and without its CRLF.
    [(name, own)] = Relaxed.canonicalize_headers([(b"DKIM-Signature", value)])
    octets = b"".join(part for field in chosen for part in (field[0], b":", field[1]))
    return hashlib.sha256(octets + name + b":" + own.removesuffix(b"\r\n")).digest()
