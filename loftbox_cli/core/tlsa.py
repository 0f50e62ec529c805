"""TLSA records as SMTP uses them (RFC 6698, RFC 7671, RFC 7672 section 3.1).

Usage 3 (DANE-EE) names the server's own certificate or key, and then neither its
name nor its dates matter. Usage 2 (DANE-TA) names an authority above it. Usages 0
and 1 lean on public authorities, which SMTP does not know, and are not usable.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum


class Usage(IntEnum):
    """What a record names; these two alone count in SMTP (RFC 7672 section 3.1.3)."""

    DANE_TA = 2
    DANE_EE = 3


class Selector(IntEnum):
    """Which part of a certificate is compared."""

    CERTIFICATE = 0
    PUBLIC_KEY = 1


_DIGESTS: dict[int, Callable[[bytes], bytes]] = {
    0: bytes,
    1: lambda octets: hashlib.sha256(octets).digest(),
    2: lambda octets: hashlib.sha512(octets).digest(),
}
_LENGTHS = {1: 32, 2: 64}


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record."""

    usage: int
    selector: int
    matching: int
    data: bytes

    @property
    def usable(self) -> bool:
        """Whether we can check it; the others count as if they were not there."""
        return (
            self.usage in tuple(Usage)
            and self.selector in tuple(Selector)
            and self.matching in _DIGESTS
            and len(self.data) == _LENGTHS.get(self.matching, len(self.data) or 1)
        )

    def names(self, certificate: bytes, public_key: bytes) -> bool:
        """Say whether it names a certificate, given as DER with its SubjectPublicKeyInfo."""
        part = certificate if self.selector == Selector.CERTIFICATE else public_key
        return _DIGESTS[self.matching](part) == self.data


def parse_tlsa(text: str) -> Tlsa | None:
    """Read "3 1 1 ab12..." as a resolver spells it, or None when it is none."""
    try:
        usage, selector, matching, *data = text.split()
        return Tlsa(int(usage), int(selector), int(matching), bytes.fromhex("".join(data)))
    except ValueError:
        return None
