"""Does signed DNS name the key that this gateway shows? The judgement of a TLSA record.

The expected record is "3 1 1" and the SHA-256 of our key, the form that RFC 7671
section 5.1 recommends, because it outlives a renewed certificate. A record that names
another key makes senders that hold to DANE keep their mail (RFC 7672 section 2.2).
"""

from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to, publish
from loftbox_cli.core.records import Record
from loftbox_cli.core.tlsa import Selector, Tlsa, Usage, parse_tlsa


def check_tlsa(record: Record, known: Known) -> Finding:
    """Judge the published records against our key."""
    answer = answer_to(known, (record.name, "TLSA"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    ours = parse_tlsa(record.value)
    found = [tlsa for value in answer.values if (tlsa := parse_tlsa(value)) is not None and tlsa.usable]
    if not found:
        problem = f"none of the TLSA records at {record.name} can be used by mail (RFC 7672 section 3.1)"
        return Finding(record, Verdict.WRONG, answer.values, problem, publish(record))
    if ours not in found:
        if all(map(_is_of_our_form, found)):
            problem = "the TLSA records name other keys than the one that this gateway shows"
            return Finding(record, Verdict.WRONG, answer.values, problem, publish(record))
        problem = "no TLSA record has the form 3 1 1 with our key; the others cannot be judged from here"
        return Finding(record, Verdict.WARNING, answer.values, problem, publish(record))
    if not answer.authenticated:
        problem = "nobody here validates DNSSEC, so it cannot be told whether the record is signed and counts"
        mend = "name a validating resolver on loopback in dns.servers"
        return Finding(record, Verdict.WARNING, answer.values, problem, mend)
    return Finding(record, Verdict.OK, answer.values)


def _is_of_our_form(tlsa: Tlsa) -> bool:
    return tlsa.usage == Usage.DANE_EE and tlsa.selector == Selector.PUBLIC_KEY and tlsa.matching == 1
