"""How a mail came to us: the peer's address, and the trace fields (RFC 5321 section 4.4).

We are where it ends, so its sender goes into a Return-Path above the Received field.
"""

import re
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from loftbox_cli.core.arrival import Arrival

# What the peer calls itself is put into a header only when it looks like a name or a literal.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9.:]{1,64}\]")


def trace_fields(arrival: Arrival, *, by: str, extended: bool) -> bytes:
    """Write both fields for `arrival`, each with its line end.

    `extended` says that the peer greeted with EHLO. One recipient is named; of
    several none is, because each would learn of the others (RFC 5321 section 7.6).
    """
    name = arrival.helo if _NAME.fullmatch(arrival.helo) else "unknown"
    tls = f" ({arrival.tls})" if arrival.tls else ""
    only = f"\r\n\tfor <{arrival.rcpt_to[0]}>" if len(arrival.rcpt_to) == 1 else ""
    return (
        f"Return-Path: <{arrival.mail_from}>\r\n"
        f"Received: from {name} ({_literal(arrival.peer)})\r\n"
        f"\tby {by} with {_protocol(arrival, extended)}{tls}\r\n"
        f"\tid {arrival.request_id}{only};\r\n"
        f"\t{_date(arrival.received_at.replace(microsecond=0))}\r\n"
    ).encode()


def _protocol(arrival: Arrival, extended: bool) -> str:
    """Name the protocol as RFC 3848 and RFC 6531 section 4.3 register it."""
    secured = "S" if arrival.tls else ""
    if arrival.smtputf8:
        return f"UTF8SMTP{secured}"
    # STARTTLS is an extension of ESMTP, so there is no secured plain SMTP to name.
    return f"ESMTP{secured}" if extended or secured else "SMTP"


@lru_cache(maxsize=16)  # many messages come in one second
def _date(second: datetime) -> str:
    """Write a time as RFC 5322 section 3.3 does."""
    return format_datetime(second)


@lru_cache(maxsize=1024)  # a session writes it for each of its messages
def _literal(peer: str) -> str:
    """Write an address as RFC 5321 section 4.1.3 does."""
    try:
        address = ip_address(peer)
    except ValueError:
        return "unknown"
    return f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"


def peer_address(name: tuple[str, int] | tuple[str, int, int, int] | None) -> str:
    """The peer's IP address, an IPv4 one as such even when it came over an IPv6 socket."""
    if not name:
        return ""  # it has hung up already
    address = ip_address(name[0].partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
