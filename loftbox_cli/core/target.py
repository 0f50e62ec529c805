"""Which addresses we may dial when a stranger chose the name.

An MX record or a webhook URL may point anywhere, also at the machine that
LoftBox runs on. Only unicast addresses of the public Internet are dialed,
unless the configuration lists a network. The registries of special-purpose
addresses are RFC 6890 and its updates; the list here is our own, because the
standard library's notion of "global" differs between versions and lets
addresses through that carry a private IPv4 address inside.
"""

from collections.abc import Collection, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_CLOSED_4 = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("0.0.0.0/8", "this network"),  # RFC 1122 3.2.1.3; Linux dials itself for it
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by carriers"),  # RFC 6598
        ("127.0.0.0/8", "loopback"),
        ("169.254.0.0/16", "link-local"),  # also where clouds keep their metadata
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),  # RFC 6890
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "reserved"),  # RFC 7526: the relays of 6to4 are gone
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)

_CLOSED_6 = tuple(
    (ip_network(network), kind)
    for network, kind in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),  # RFC 4291 2.5.5.1, deprecated
        ("::ffff:0:0:0/96", "IPv4-translated"),  # RFC 7915
        ("64:ff9b:1::/48", "local translation"),  # RFC 8215
        ("2001::/32", "Teredo"),  # RFC 4380: a tunnel to an IPv4 address of the sender's choice
        ("2001::/23", "reserved"),  # RFC 2928
        ("2001:db8::/32", "documentation"),
        ("3fff::/20", "documentation"),  # RFC 9637
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)

_GLOBAL_6 = ip_network("2000::/3")  # RFC 4291 2.4: the rest is not given out
_TRANSLATED = ip_network("64:ff9b::/96")  # RFC 6052 2.1


def refused(address: str, allowed: Sequence[str], *, ours: Collection[str] = ()) -> str:
    """Say why `address` may not be dialed, or "" when it may.

    `allowed` are networks such as "127.0.0.0/8" that the operator opened, `ours` the
    addresses of this gateway: who dials them talks to itself. An
    IPv6 address that is only a wrapping of an IPv4 address is judged by what is
    inside. Names, zone ids and the short, octal or hexadecimal spellings that a
    C library takes for an address are refused: whoever resolves a name passes
    each of its addresses here, and then dials exactly that one.
    """
    try:
        given = ip_address(address)
    except ValueError:
        return f"{address!r} is not an IP address"
    if isinstance(given, IPv6Address) and given.scope_id is not None:
        return f"{address} names a network interface"
    target = _unwrapped(given)
    if any(target in ip_network(network, strict=False) for network in allowed):
        return ""
    where = str(target) if target == given else f"{target} inside {given}"
    if kind := _kind(target):
        return f"{where} is not public ({kind})"
    return f"{where} is an address of this gateway" if target in map(ip_address, ours) else ""


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Give the IPv4 address that the network would in the end deliver to."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _kind(address: IPv4Address | IPv6Address) -> str:
    closed = _CLOSED_4 if isinstance(address, IPv4Address) else _CLOSED_6
    for network, kind in closed:
        if address in network:
            return kind
    if isinstance(address, IPv6Address) and address not in _GLOBAL_6:
        return "reserved"
    return ""
