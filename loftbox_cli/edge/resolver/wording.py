"""Between dnspython's values and those of core/dns.py."""

from collections.abc import Callable, Iterable
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename


def host(name: dns.name.Name) -> str:
    """Write a host name in lower case without the last dot; the root stays "."."""
    return name.to_text(omit_final_dot=True).lower()


def _text(rdata: Any) -> str:
    # Octets beyond UTF-8 mean nothing in any record that we read; none may break a log or JSON.
    return b"".join(rdata.strings).decode("utf-8", "replace")


KINDS: dict[str, Callable[[Any], str]] = {
    "TXT": _text,
    "MX": lambda rdata: f"{rdata.preference} {host(rdata.exchange)}",
    "A": lambda rdata: str(rdata.address),
    "AAAA": lambda rdata: str(rdata.address),
    "CNAME": lambda rdata: host(rdata.target),
    "PTR": lambda rdata: host(rdata.target),
    "NS": lambda rdata: host(rdata.target),
    "SOA": lambda rdata: host(rdata.mname),
    "TLSA": lambda rdata: f"{rdata.usage} {rdata.selector} {rdata.mtype} {rdata.cert.hex()}",
}


def asked_name(name: str, kind: str) -> dns.name.Name:
    """Read the name of a question; raises DNSException or ValueError when DNS cannot hold such a name."""
    if kind == "PTR":
        return dns.reversename.from_address(name)
    if not name.isascii():
        raise ValueError(name)  # an A-label was wanted, and guessing one could name another domain
    return dns.name.from_text(name)


def values(rrset: Iterable[Any], kind: str) -> tuple[str, ...]:
    """Write the records of one answer as text."""
    return tuple(KINDS[kind](rdata) for rdata in rrset)


def targets(chain: dns.message.ChainingResult) -> list[str]:
    """List where the aliases of one answer lead, in order."""
    return [host(rrset[0].target) for rrset in chain.cnames]


def has_authority(response: dns.message.Message, kind: dns.rdatatype.RdataType) -> bool:
    """Say whether the authority section has a record of this kind."""
    return any(rrset.rdtype == kind for rrset in response.authority)


def reason(error: Exception) -> str:
    """Say in a few words for a person why nobody answered."""
    if isinstance(error, dns.resolver.NoNameservers | dns.resolver.LifetimeTimeout):
        return (
            "; ".join(dict.fromkeys(_said(seen) for seen in error.kwargs["errors"]))
            or "no server is left to ask"
        )
    return str(error) or type(error).__name__


def _said(seen: dns.resolver.ErrorTuple) -> str:
    server, _, _, what, _ = seen
    place = (server or "").removeprefix("Do53:")
    if isinstance(what, str):
        return f"{place} answered {what}"
    return f"{place}: {str(what) or type(what).__name__}"
