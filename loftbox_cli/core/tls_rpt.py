"""Where failures of TLS are reported: the record at `_smtp._tls.domain` (RFC 8460 section 3)."""

import re

from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to, publish
from loftbox_cli.core.records import Record

_VERSION = re.compile(r"v=TLSRPTv1\s*;")
_URI = re.compile(r"mailto:[^@\s]+@[^@\s]+|https://[^\s]+", re.IGNORECASE)


def check_tls_rpt(record: Record, known: Known) -> Finding:
    """Judge the record; several of the kind count as none."""
    answer = answer_to(known, (record.name, "TXT"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    found = tuple(value for value in answer.values if _VERSION.match(value))
    if len(found) != 1:
        problem = (
            f"{record.name} has {len(found) or 'no'} records that begin with v=TLSRPTv1;, and one is needed"
        )
        return Finding(record, Verdict.WRONG, answer.values, problem, publish(record))
    bad = [uri for uri in _uris(found[0]) if not _URI.fullmatch(uri)]
    if bad or not _uris(found[0]):
        problem = f"rua= names {bad[0]!r}, which is no address" if bad else "it names no address in rua="
        return Finding(record, Verdict.WRONG, found, problem, f"this would do: {record.value}")
    return Finding(record, Verdict.OK, found)


def _uris(text: str) -> list[str]:
    for part in text.split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.strip() == "rua":
            return [uri.strip() for uri in value.split(",")] if value.strip() else []
    return []
