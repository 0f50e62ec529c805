"""The four answers that DNS can give, kept apart.

"No such name" and "no record of that kind" are facts about a domain (RFC 2308
sections 2.1 and 2.2). A server that fails or stays silent says nothing about it:
whoever treats that as "missing" loses mail on a bad day at the resolver.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Question = tuple[str, str]  # the name and the kind of record, as a resolver is asked


@dataclass(frozen=True, slots=True)
class Found:
    """Records of the kind that was asked for.

    `values` holds a TXT record's chunks joined; an MX as "10 mx.example.com"; every
    host name in lower case without the last dot, but the root as ".", so that a null
    MX (RFC 7505) reads "0 .". `aliases` are the CNAME targets that led here, in
    order. `authenticated` is the resolver's AD bit, and true only where that resolver
    is trusted to validate (RFC 4035 section 3.2.3).
    """

    values: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    authenticated: bool = False
    ttl: int = 0  # seconds


@dataclass(frozen=True, slots=True)
class NoSuchName:
    """NXDOMAIN: neither this name nor anything below it exists.

    `name` is another than the one asked for when aliases led to it.
    """

    name: str


@dataclass(frozen=True, slots=True)
class NoRecord:
    """The name exists, but has no record of that kind."""

    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Timeout, SERVFAIL or REFUSED: ask again later. `reason` is for people."""

    name: str
    reason: str


DnsAnswer = Found | NoSuchName | NoRecord | Unanswered
Known = Mapping[Question, DnsAnswer]  # what was asked so far
