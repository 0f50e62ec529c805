"""How a mail came to us: the peer's address, and the trace fields (RFC 5321 section 4.4).

We are where it ends, so its sender goes into a Return-Path above the Received field.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from loftbox_cli.core.ids import RequestId

# What the peer calls itself is put into a header only when it looks like a name or a literal.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}|\[[A-Za-z0-9.:]{1,64}\]")


def trace_fields(
    way: str, request_id: RequestId, received_at: datetime, mail_from: str, rcpt_to: Sequence[str]
) -> bytes:
    """Write both fields for a mail that came by `way`, each with its line end.

    One recipient is named; of several none is, because each would learn of the others
    (RFC 5321 section 7.6).
    """
    only = f"\r\n\tfor <{rcpt_to[0]}>" if len(rcpt_to) == 1 else ""
    return (
        f"Return-Path: <{mail_from}>\r\n"
        f"Received: {way}\r\n"
        f"\tid {request_id}{only};\r\n"
        f"\t{_date(int(received_at.timestamp()))}\r\n"
    ).encode()


@lru_cache(maxsize=1024)  # it is the same for all messages of a session
def way_here(by: str, peer: str, helo: str, tls: str, extended: bool, smtputf8: bool) -> str:
    """Tell from whom, to whom and how it came; `extended` says that the peer greeted with EHLO."""
    name = helo if _NAME.fullmatch(helo) else "unknown"
    secured = f" ({tls})" if tls else ""
    return f"from {name} ({_literal(peer)})\r\n\tby {by} with {_protocol(tls, extended, smtputf8)}{secured}"


def _protocol(tls: str, extended: bool, smtputf8: bool) -> str:
    """Name the protocol as RFC 3848 and RFC 6531 section 4.3 register it."""
    secured = "S" if tls else ""
    if smtputf8:
        return f"UTF8SMTP{secured}"
    # STARTTLS is an extension of ESMTP, so there is no secured plain SMTP to name.
    return f"ESMTP{secured}" if extended or secured else "SMTP"


@lru_cache(maxsize=16)  # many messages come in one second
def _date(second: int) -> str:
    """Write a time as RFC 5322 section 3.3 does."""
    return format_datetime(datetime.fromtimestamp(second, UTC))


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
