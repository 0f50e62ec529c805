"""An SPF record (RFC 7208 section 4.6.1): the terms that say who may send for a domain."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from loftbox_cli.core.errors import BadInput

VERSION = "v=spf1"

_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*)((?:[:/].*)?)")
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)")
_TARGET = re.compile(r"(?::(.+?))?(?:/(\d{1,3}))?(?://(\d{1,3}))?", re.ASCII)
_BARE = ("all",)
_HOSTS = ("a", "mx", "ptr")
_ELSEWHERE = ("include", "exists")
_NETWORKS = {"ip4": IPv4Network, "ip6": IPv6Network}


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism. An empty `target` means the domain itself; `text` is the term as it was written."""

    text: str
    qualifier: str
    name: str
    target: str = ""
    network: IPv4Network | IPv6Network | None = None
    prefixes: tuple[int, int] = (32, 128)  # of the addresses that "a" and "mx" find

    @property
    def has_macro(self) -> bool:
        """Say whether the target depends on the message (RFC 7208 section 7)."""
        return "%" in self.target


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """The terms in their order, and the domain that goes on where none of them matched."""

    terms: tuple[Term, ...]
    redirect: str = ""

    @property
    def open_to_all(self) -> bool:
        """Say whether it ends in a term that lets every address send."""
        return any(term.name == "all" and term.qualifier == "+" for term in self.terms)


def is_spf(text: str) -> bool:
    """Say whether a TXT record is an SPF record at all (RFC 7208 section 4.5)."""
    return text.lower() == VERSION or text.lower().startswith(VERSION + " ")


def parse_spf(text: str) -> SpfRecord:
    """Read a record; raises BadInput where RFC 7208 says permerror."""
    if not is_spf(text):
        raise BadInput("not an SPF record: it does not begin with v=spf1")
    terms: list[Term] = []
    modifiers: dict[str, str] = {}
    for word in text[len(VERSION) :].split(" "):
        if modifier := _MODIFIER.fullmatch(word):
            name, value = modifier[1].lower(), modifier[2]
            # RFC 7208 section 6: these two stand once at most; others are ignored.
            if name in ("redirect", "exp") and (name in modifiers or not value):
                raise BadInput(f"{name}= stands twice or is empty")
            modifiers[name] = value
        elif word:
            terms.append(_term(word))
    return SpfRecord(tuple(terms), modifiers.get("redirect", ""))


def _term(word: str) -> Term:
    match = _TERM.fullmatch(word)
    if match is None:
        raise BadInput(f"{word[:60]!r} is no SPF term")
    qualifier, name, rest = match[1] or "+", match[2].lower(), match[3]
    if name in _NETWORKS and rest.startswith(":"):
        return Term(word, qualifier, name, network=_network(name, rest[1:]))
    target = _TARGET.fullmatch(rest)
    if target is None or not _allowed(name, rest, target):
        raise BadInput(f"{word[:60]!r} is no SPF term")
    prefixes = (int(target[2] or 32), int(target[3] or 128))
    if prefixes[0] > 32 or prefixes[1] > 128:
        raise BadInput(f"{word[:60]!r} has a prefix that is too long")
    return Term(word, qualifier, name, target=target[1] or "", prefixes=prefixes)


def _allowed(name: str, rest: str, target: re.Match[str]) -> bool:
    """Say whether a mechanism may be followed by this; a name that no RFC knows may not stand at all."""
    if name in _BARE:
        return not rest
    if name in _ELSEWHERE:
        return bool(target[1]) and rest == f":{target[1]}"
    return name in _HOSTS


def _network(name: str, text: str) -> IPv4Network | IPv6Network:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise BadInput(f"{text[:60]!r} is no network") from None
    if not isinstance(network, _NETWORKS[name]):
        raise BadInput(f"{name}:{text[:60]} is of the other family")
    return network
