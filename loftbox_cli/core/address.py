"""One strict parser for every address that we act upon: API, policy, envelope and header.

Two parsers that disagree about one string are how mail goes to somebody whom the
approver never saw. So there is one, and it takes the least: the addr-spec of
RFC 5322 section 3.4.1 with a dot-atom local part, which may go beyond ASCII as
`core/local_part.py` says, and a domain that is valid under IDNA 2008 (RFC 5891), kept
as A-labels in lower case. Quoted local parts, address literals, source routes and the
percent and bang paths of old are refused.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from loftbox_cli.core.errors import BadAddress
from loftbox_cli.core.header import check_text
from loftbox_cli.core.local_part import local_fault
from loftbox_cli.core.reading import Party

MAX_ADDRESS = 254  # octets, RFC 5321 section 4.5.3.1.3: a path of 256 with its angle brackets
MAX_DOMAIN = 253  # RFC 1035 section 2.3.4, without the root's octet

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
_BARE_NAME = re.compile(r'[^<>@,;:"()\[\]\\]*')
_QUOTED_NAME = re.compile(r'"((?:[^"\\]|\\["\\])*+)"')


@dataclass(frozen=True, slots=True)
class Address:
    """A local part as it was written, and a domain as lower-case A-labels."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only hosts with SMTPUTF8 take mail that names it (RFC 6531 section 3.1)."""
        return not self.local.isascii()


@lru_cache(maxsize=4_096)  # the same address is read at each step; what is refused is not remembered
def parse_address(text: str, *, field: str = "") -> Address:
    """Read exactly one addr-spec, and nothing around it; raises BadAddress otherwise."""
    if not 3 <= len(text) <= MAX_ADDRESS:
        raise _refused(text, field, f"an address has 3 to {MAX_ADDRESS} characters")
    if text.count("@") != 1:
        raise _refused(text, field, "an address has one @; write name@example.com")
    local, domain = text.split("@")
    if fault := local_fault(local):
        raise _refused(text, field, fault)
    try:
        address = Address(local, parse_domain(domain, field=field))
    except BadAddress as error:
        raise _refused(text, field, error.fix) from None
    if len(str(address).encode()) > MAX_ADDRESS:
        raise _refused(text, field, f"an address has at most {MAX_ADDRESS} octets")
    return address


def parse_domain(text: str, *, field: str = "") -> str:
    """Read a domain name of two or more labels; the answer is A-labels in lower case."""
    # Only ASCII is folded: Unicode's own folding would turn U+212A into a plain "k".
    domain = text.translate(_ASCII_LOWER)
    if not domain.isascii() or "xn--" in domain:
        domain = _a_labels(text, domain, field)
    labels = domain.split(".")
    if len(domain) > MAX_DOMAIN or len(labels) < 2:
        raise _no_domain(text, field, "the domain is not a full name such as example.com")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise _no_domain(text, field, "the domain is not a valid host name")
    if labels[-1].isdigit():
        raise _no_domain(text, field, "the domain is a number; address literals are not used here")
    return domain


def parse_party(text: str, *, field: str = "") -> Party:
    """Read `addr-spec` or `name <addr-spec>`; the name may stand in double quotes.

    A name that holds an @ is refused unless it repeats the address: shown without
    its angle brackets it would pass for another recipient.
    """
    if not text.endswith(">"):
        return Party(str(parse_address(text, field=field)))
    before, angle, spec = text[:-1].rpartition("<")
    if not angle:
        raise _refused(text, field, "write name@example.com or Name <name@example.com>")
    address = str(parse_address(spec, field=field))
    before = before.strip(" ")
    quoted = _QUOTED_NAME.fullmatch(before)
    if quoted is None and not _BARE_NAME.fullmatch(before):
        raise _refused(
            text, field, 'put a name with punctuation in double quotes: "Doe, Jane" <jane@example.com>'
        )
    name = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else before
    check_text(name, field=field)
    if "@" in name and name != spec:
        raise _refused(text, field, "a name does not hold another address")
    return Party(address, name)


def comparable(address: Address) -> str:
    """The key under which mailboxes and recipients are looked up.

    RFC 5321 section 2.4 leaves the local part's case to the receiving host; no
    host that matters tells JANE from jane, and we must not count her twice. Nothing but
    case is folded: "straße" is not "strasse".
    """
    return f"{address.local.lower()}@{address.domain}"


def key_of(text: str) -> str:
    """The key of whatever stands for a recipient; one of an odd form stands for itself."""
    try:
        return comparable(parse_address(text))
    except BadAddress:
        return text.lower()


def split_subaddress(local: str) -> tuple[str, str]:
    """Split `name+tag` into `name` and `tag` (RFC 5233); the tag is "" without one."""
    base, _, tag = local.partition("+")
    return (base, tag) if base else (local, "")


def _a_labels(text: str, domain: str, field: str) -> str:
    import idna

    try:
        return idna.encode(domain, strict=True, uts46=False, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _no_domain(text, field, "the domain breaks IDNA 2008; write it in lower case") from None


def _no_domain(text: str, field: str, fix: str) -> BadAddress:
    return BadAddress(f"{text[:100]!a} is not a domain name that we use", fix=fix, field=field)


def _refused(text: str, field: str, fix: str) -> BadAddress:
    return BadAddress(f"{text[:100]!a} is not an address that we use", fix=fix, field=field)
