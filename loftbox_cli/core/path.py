"""The arguments of MAIL and RCPT: a path between angle brackets, and parameters.

RFC 5321 section 4.1.2 gives the grammar, 4.5.3.1 the sizes; RFC 6531 section 3.3
lets paths be more than ASCII, RFC 1870 and RFC 6152 name the parameters. This is
what strangers write on the wire, so it takes all that the grammar allows, quoted
local parts and address literals too; what we ourselves act upon is read by
`core/address.py`, which takes less.

One path has one spelling here: a local part that needs no quotes loses them, the
domain is in lower case and its labels are A-labels, a source route is stripped
(RFC 5321 appendix C).
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

from loftbox_cli.core.address import parse_domain
from loftbox_cli.core.errors import BadAddress, BadInput, UnknownParameter
from loftbox_cli.core.local_part import MAX_LOCAL

MAX_DOMAIN = 255  # octets, RFC 5321 section 4.5.3.1.2
MAX_PATH = 256  # octets with the angle brackets, RFC 5321 section 4.5.3.1.3

# RFC 6532 section 3.1 adds every other character; the C1 controls and the two line
# separators are left out, because they end a line for some readers.
_WIDE = "\u00a1-\u2027\u202a-\ud7ff\ue000-\U0010ffff"
_ATOM = rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~{_WIDE}-]+"
_DOT_STRING = rf"{_ATOM}(?:\.{_ATOM})*+"
_QUOTED = rf'"(?:[ !#-\[\]-~{_WIDE}]|\\[ -~])*+"'
_LABEL = rf"[A-Za-z0-9{_WIDE}](?:[A-Za-z0-9{_WIDE}-]{{0,61}}[A-Za-z0-9{_WIDE}])?"
_NAME = rf"{_LABEL}(?:\.{_LABEL})*+"
_ROUTE = rf"@{_NAME}(?:,@{_NAME})*+:"
# Blanks after the colon are not allowed, and are written so often that all servers take them.
_PATH = re.compile(
    rf"[ \t]*<(?:(?P<null>)|(?P<bare>[A-Za-z]+)"
    rf"|(?:{_ROUTE})?(?P<local>{_DOT_STRING}|{_QUOTED})@(?P<domain>{_NAME}|\[[0-9A-Za-z.:]+\]))>"
    r"(?P<parameters>(?:[ \t].*)?)"
)
_BARE_LOCAL = re.compile(_DOT_STRING)
_PARAMETER = re.compile(rf"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~{_WIDE}]+))?")
_KEPT = 1024  # paths that were read before and come again: of those that write often, and of our mailboxes
_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 section 4: up to twenty digits


@dataclass(frozen=True, slots=True)
class ReversePath:
    """What MAIL says. `address` is "" for the null sender, `size` None when none was declared."""

    address: str
    size: int | None = None
    smtputf8: bool = False


@lru_cache(maxsize=_KEPT)
def reverse_path(argument: str) -> ReversePath:
    """Read what follows MAIL; raises BadAddress, BadInput or UnknownParameter."""
    form = _path("FROM:", argument)
    if form["bare"] is not None:
        raise BadAddress("a sender has a domain")  # RFC 5321 section 4.5.1: only a recipient may lack it
    address = "" if form["null"] is not None else _address(form["local"], form["domain"])
    size: int | None = None
    smtputf8 = False
    for keyword, value in _parameters(form["parameters"]):
        if keyword == "SIZE" and _SIZE.fullmatch(value):
            size = int(value)
        elif keyword == "SMTPUTF8" and not value:
            smtputf8 = True
        elif keyword == "BODY" and value.upper() in {"7BIT", "8BITMIME"}:
            continue  # octets are kept as they come, so both mean the same to us
        elif keyword in {"SIZE", "SMTPUTF8", "BODY"}:
            raise BadInput(f"{keyword} has a value that it cannot have")
        else:
            raise UnknownParameter("MAIL has a parameter that was not offered")
    return ReversePath(address, size, smtputf8)


@lru_cache(maxsize=_KEPT)
def forward_path(argument: str) -> str:
    """Read what follows RCPT; a bare postmaster stays bare (RFC 5321 section 4.5.1)."""
    form = _path("TO:", argument)
    if form["null"] is not None:
        raise BadAddress("a recipient is not empty")
    for _keyword, _value in _parameters(form["parameters"]):
        raise UnknownParameter("RCPT has a parameter that was not offered")
    if form["bare"] is not None:
        if form["bare"].lower() != "postmaster":
            raise BadAddress("only postmaster may stand without a domain")
        return "postmaster"
    return _address(form["local"], form["domain"])


def _path(keyword: str, argument: str) -> re.Match[str]:
    if argument[: len(keyword)].upper() != keyword:
        raise BadInput(f"{keyword}<path> is missing")
    form = _PATH.fullmatch(argument, len(keyword))
    if form is None:
        raise BadAddress("that is not one path in angle brackets")
    return form


def _address(local: str, domain: str) -> str:
    if len(local.encode()) > MAX_LOCAL or len(domain.encode()) > MAX_DOMAIN:
        raise BadAddress("the address is longer than SMTP allows")
    address = f"{_plain(local)}@{_plain_domain(domain)}"
    if len(address.encode()) > MAX_PATH - len("<>"):
        raise BadAddress("the address is longer than SMTP allows")
    return address


def _plain(local: str) -> str:
    """Take off quotes that say nothing: RFC 5321 section 4.1.2 calls both spellings equal."""
    if not local.startswith('"'):
        return local
    content = re.sub(r"\\(.)", r"\1", local[1:-1])
    if _BARE_LOCAL.fullmatch(content):
        return content
    return '"' + re.sub(r'(["\\])', r"\\\1", content) + '"'


def _plain_domain(domain: str) -> str:
    if domain.startswith("["):
        return _literal(domain)
    return domain.lower() if domain.isascii() else parse_domain(domain)


def _literal(domain: str) -> str:
    """Read an address literal (RFC 5321 section 4.1.3)."""
    text = domain[1:-1]
    try:
        if text[:5].upper() == "IPV6:":
            return f"[IPv6:{ipaddress.IPv6Address(text[5:])}]"
        return f"[{ipaddress.IPv4Address(text)}]"
    except ValueError:
        raise BadAddress("that is not an address literal") from None


def _parameters(text: str) -> list[tuple[str, str]]:
    found = []
    for word in re.findall(r"[^ \t]+", text):
        form = _PARAMETER.fullmatch(word)
        if form is None:
            raise BadInput("a parameter is not written KEYWORD=value")
        found.append((form[1].upper(), form[2] or ""))
    return found
