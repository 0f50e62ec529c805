"""Judging the records of a domain: which questions DNS has to answer, and what the answers mean.

Nothing is asked here. `questions` says what is worth asking given what is known by
now; whoever asks calls it until nothing new comes, and then `check`.
"""

from collections.abc import Callable

from loftbox_cli.core.dkim_record import KeyRecord, parse_key
from loftbox_cli.core.dmarc_check import check_dmarc, dmarc_questions
from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to, publish, silent, values_of
from loftbox_cli.core.mx_check import check_mx, mx_questions
from loftbox_cli.core.records import OWNERSHIP_LABEL, OWNERSHIP_TAG, Purpose, Record
from loftbox_cli.core.reverse_check import check_reverse, reverse_questions
from loftbox_cli.core.spf_check import check_spf, spf_questions
from loftbox_cli.core.sts_check import check_sts
from loftbox_cli.core.tls_rpt import check_tls_rpt
from loftbox_cli.core.tlsa_check import check_tlsa


def questions(record: Record, known: Known) -> tuple[Question, ...]:
    """List what DNS has still to be asked for this record, given what is known."""
    match record.purpose:
        case Purpose.OWNERSHIP:
            wanted = _ownership_questions(record)
        case Purpose.MX | Purpose.RETURN_PATH_MX:
            wanted = mx_questions(record, known)
        case Purpose.SPF | Purpose.RETURN_PATH_SPF | Purpose.HELO_SPF:
            wanted = spf_questions(record, known)
        case Purpose.DMARC:
            wanted = tuple(dmarc_questions(record, known))
        case Purpose.REVERSE:
            wanted = reverse_questions(record, known)
        case Purpose.DKIM | Purpose.MTA_STS | Purpose.TLS_RPT | Purpose.TLSA:
            wanted = ((record.name, record.kind),)
    return tuple(dict.fromkeys(question for question in wanted if question not in known))


def check(record: Record, known: Known) -> Finding:
    """Judge one record by the answers; what was not asked counts as not answered."""
    return _CHECKS[record.purpose](record, known)


def _ownership_questions(record: Record) -> tuple[Question, ...]:
    return ((record.name, "TXT"), (record.name.removeprefix(f"{OWNERSHIP_LABEL}."), "TXT"))


def _check_ownership(record: Record, known: Known) -> Finding:
    """Look for the token at its own name and at the domain itself, where some providers put it."""
    answers = [answer_to(known, question) for question in _ownership_questions(record)]
    tokens = tuple(
        value.strip()
        for answer in answers
        for value in values_of(answer)
        if value.strip().startswith(OWNERSHIP_TAG)
    )
    if record.value in tokens:
        return Finding(record, Verdict.OK, (record.value,))
    for answer in answers:
        if isinstance(answer, Unanswered):  # the token may stand where we could not look
            return silent(record, answer)
    if tokens:
        return Finding(record, Verdict.WRONG, tokens, "the token is another one", publish(record))
    own = answers[0]
    if isinstance(own, NoSuchName | NoRecord | Unanswered):
        return absent(record, own)
    problem = f"the TXT record at {record.name} holds no {OWNERSHIP_TAG} token"
    return Finding(record, Verdict.WRONG, own.values, problem, publish(record))


def _check_dkim(record: Record, known: Known) -> Finding:
    answer = answer_to(known, (record.name, "TXT"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    if len(answer.values) > 1:
        # RFC 6376 section 3.6.2.2 leaves it open which one a receiver takes.
        problem = f"{record.name} has {len(answer.values)} TXT records, and receivers may read any of them"
        return Finding(record, Verdict.WRONG, answer.values, problem, "leave only the record of this key")
    try:
        key = parse_key(answer.values[0])
    except BadInput as error:
        return Finding(record, Verdict.WRONG, answer.values, error.fact, publish(record))
    fault = _key_fault(key, parse_key(record.value))
    if fault:
        return Finding(record, Verdict.WRONG, answer.values, fault, publish(record))
    if key.testing:
        problem = "t=y says that the key is only tried out, and receivers may ignore it"
        return Finding(record, Verdict.WARNING, answer.values, problem, "remove t=y when mail arrives signed")
    return Finding(record, Verdict.OK, answer.values)


def _key_fault(seen: KeyRecord, ours: KeyRecord) -> str:
    """Compare the keys octet by octet: spaces, chunks and the order of tags do not matter."""
    if not seen.key:
        return "the key is revoked: its p= tag is empty"
    if (seen.kind, seen.key) != (ours.kind, ours.key):
        return "the published key is another one, or a part of it was cut off"
    if not seen.usable:
        return "the s= or h= tag keeps the key from being used for mail signed with SHA-256"
    return ""


_CHECKS: dict[Purpose, Callable[[Record, Known], Finding]] = {
    Purpose.OWNERSHIP: _check_ownership,
    Purpose.MX: check_mx,
    Purpose.SPF: check_spf,
    Purpose.DKIM: _check_dkim,
    Purpose.DMARC: check_dmarc,
    Purpose.RETURN_PATH_MX: check_mx,
    Purpose.RETURN_PATH_SPF: check_spf,
    Purpose.REVERSE: check_reverse,
    Purpose.HELO_SPF: check_spf,
    Purpose.MTA_STS: check_sts,
    Purpose.TLS_RPT: check_tls_rpt,
    Purpose.TLSA: check_tlsa,
}
