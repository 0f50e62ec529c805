"""Which addresses of a host are dialed: IPv4, IPv6, or what DNS backs.

Large receivers refuse a sender on IPv6 whose address has no name, or whose name does
not lead back to it (Google 5.7.25). Such a sender goes by IPv4 while there is a way.
"""

from collections.abc import Sequence
from enum import StrEnum

from loftbox_cli.core.dns import DnsAnswer, Found


class IpFamily(StrEnum):
    """What the settings ask for."""

    AUTO = "auto"
    IPV4 = "ipv4"
    IPV6 = "ipv6"


def is_backed(address: str, forward: Sequence[DnsAnswer]) -> bool:
    """Say whether a name of `address` leads back to it, from the AAAA answers of its PTR names."""
    return any(isinstance(answer, Found) and address in answer.values for answer in forward)


def chosen(addresses: Sequence[str], family: IpFamily, *, backed: bool) -> tuple[str, ...]:
    """Pick those to dial, IPv4 first. A host that has only IPv6 is tried there, backed or not."""
    four = [address for address in addresses if ":" not in address]
    six = [address for address in addresses if ":" in address]
    match family:
        case IpFamily.IPV4:
            return tuple(four)
        case IpFamily.IPV6:
            return tuple(six)
        case IpFamily.AUTO:
            return (*four, *(six if backed or not four else ()))
