"""A DMARC policy record: what stands at `_dmarc.domain` (RFC 9989, which obsoletes RFC 7489)."""

import re
from dataclasses import dataclass

from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.tag_list import parse_tags

POLICIES = ("none", "quarantine", "reject")
REMOVED = ("pct", "rf", "ri")  # RFC 9989 took them away; older receivers still read them

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(;|$)")
_ALIGNMENTS = ("r", "s")


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A valid record. `remarks` are sentences about what works and yet deserves a look."""

    policy: str
    subdomain_policy: str
    reports_to: tuple[str, ...]
    remarks: tuple[str, ...]


def is_dmarc(text: str) -> bool:
    """Say whether a TXT record is a DMARC record at all: the version comes first, in this spelling."""
    return _VERSION.match(text) is not None


def parse_dmarc(text: str) -> DmarcRecord:
    """Read a record; raises BadInput when a receiver could not follow it. Unknown tags are ignored."""
    if not is_dmarc(text):
        raise BadInput("not a DMARC record: it does not begin with v=DMARC1")
    tags = parse_tags(text)
    policy = _policy(tags, "p") or "none"
    subdomain_policy = _policy(tags, "sp") or policy
    _policy(tags, "np")
    return DmarcRecord(policy, subdomain_policy, _uris(tags.get("rua", "")), tuple(_remarks(tags)))


def _policy(tags: dict[str, str], name: str) -> str:
    value = tags.get(name, "").lower()
    if name in tags and value not in POLICIES:
        raise BadInput(f"{name}={tags[name]} is no policy: write none, quarantine or reject")
    return value


def _uris(value: str) -> tuple[str, ...]:
    return tuple(uri.strip() for uri in value.split(",") if uri.strip())


def _remarks(tags: dict[str, str]) -> list[str]:
    remarks = []
    if "p" not in tags:
        remarks.append("there is no p= tag: older receivers ignore such a record")
    removed = [f"{name}=" for name in REMOVED if name in tags]
    if removed:
        remarks.append(f"{', '.join(removed)} no longer means anything (RFC 9989)")
    remarks += [
        f"{name}={tags[name]} is neither r nor s and is ignored"
        for name in ("adkim", "aspf")
        if name in tags and tags[name].lower() not in _ALIGNMENTS
    ]
    remarks += [
        f"{uri} is no mailto: address, so no report goes there"
        for uri in _uris(tags.get("rua", ""))
        if not re.match(r"(?i)mailto:[^@]+@[^@]+$", uri)
    ]
    return remarks
