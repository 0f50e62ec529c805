"""Whether the certificates that a peer showed are those that its TLSA records name (RFC 7671 section 5)."""

import ssl
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from loftbox_cli.core.tls_policy import Demand
from loftbox_cli.core.tlsa import Selector, Tlsa, Usage

_DIGEST_OF_ALL = 0  # matching type 0: the record holds the whole part


def chain_fault(secured: ssl.SSLObject, demand: Demand, now: datetime) -> str:
    """Say why what was shown is not what DNS names, or ""."""
    try:
        chain = [x509.load_der_x509_certificate(each) for each in _shown(secured)]
        if not chain:
            return "the peer showed no certificate"
        return _judged(chain, demand, now)
    except ValueError as error:
        return f"the certificate cannot be read: {error}"


def _judged(chain: Sequence[x509.Certificate], demand: Demand, now: datetime) -> str:
    leaf, *above = chain
    own = [record for record in demand.records if record.usage == Usage.DANE_EE]
    if any(_names(record, leaf) for record in own):
        return ""  # RFC 7671 section 5.1: neither its name nor its dates matter
    anchors = [record for record in demand.records if record.usage == Usage.DANE_TA]
    trusted = [each for each in chain for record in anchors if _names(record, each)]
    trusted += [each for record in anchors for each in _whole(record)]
    if not trusted:
        return "the certificate is not the one that DNS names"
    faults = [_unrooted(leaf, above, trusted, name, now) for name in demand.names]
    return "" if "" in faults else faults[0]


def _unrooted(
    leaf: x509.Certificate,
    above: Sequence[x509.Certificate],
    trusted: list[x509.Certificate],
    name: str,
    now: datetime,
) -> str:
    """Say why `leaf` does not stand for `name` under one of the `trusted`, or ""."""
    # A private authority owes nothing to the rules of the public ones, but for what these two say.
    lenient = ExtensionPolicy.permit_all()
    ca_policy = lenient.require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
    ee_policy = lenient.require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    builder = PolicyBuilder().store(Store(trusted)).time(now)
    builder = builder.extension_policies(ca_policy=ca_policy, ee_policy=ee_policy)
    try:
        builder.build_server_verifier(x509.DNSName(name)).verify(leaf, list(above))
    except (VerificationError, ValueError) as error:
        return f"the certificate does not stand for {name} under the authority that DNS names: {error}"
    return ""


def _names(record: Tlsa, certificate: x509.Certificate) -> bool:
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return record.names(certificate.public_bytes(Encoding.DER), key)


def _whole(record: Tlsa) -> list[x509.Certificate]:
    """Read the authority's certificate out of the record itself; the peer need not show it then."""
    if record.selector != Selector.CERTIFICATE or record.matching != _DIGEST_OF_ALL:
        return []
    return [x509.load_der_x509_certificate(record.data)]


def _shown(secured: ssl.SSLObject) -> Sequence[bytes]:
    """The certificates in the order shown, the peer's own first."""
    chain = getattr(secured, "get_unverified_chain", None)
    if chain is None:
        inner = secured._sslobj.get_unverified_chain() or ()  # type: ignore[attr-defined] # public from 3.13 on
        return [ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in inner]
    return cast("Sequence[bytes]", chain() or ())
