"""May this gateway send for a domain? The judgement of the SPF record of a name (RFC 7208)."""

from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.finding import (
    ASK_AGAIN,
    Finding,
    Verdict,
    absent,
    answer_to,
    publish,
    silent,
)
from loftbox_cli.core.gateway_addresses import host_questions, sending_addresses
from loftbox_cli.core.records import Record, spf_term
from loftbox_cli.core.spf import MOST_LOOKUPS, Asks, Outcome, Result, check_host
from loftbox_cli.core.spf_record import is_spf, parse_spf

_NEARLY_TOO_MANY = MOST_LOOKUPS - 1


def spf_questions(record: Record, known: Known) -> tuple[Question, ...]:
    """Ask for the record, our addresses where they are not configured, and what its terms need."""
    own = () if record.gateway.addresses else host_questions(record.gateway)
    addresses = sending_addresses(record.gateway, known)
    ends = [check_host(record.name, address, known) for address in addresses]
    needed = (question for end in ends if isinstance(end, Asks) for question in end.questions)
    return ((record.name, "TXT"), *own, *needed)


def check_spf(record: Record, known: Known) -> Finding:
    """Judge the SPF record of one name: there has to be exactly one, and it has to pass our addresses."""
    answer = answer_to(known, (record.name, "TXT"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    policies = tuple(value for value in answer.values if is_spf(value))
    if not policies:
        problem = f"none of the TXT records at {record.name} is an SPF record"
        return Finding(record, Verdict.MISSING, (), problem, publish(record))
    if len(policies) > 1:
        problem = f"{record.name} has {len(policies)} SPF records, and receivers then use none (RFC 7208 4.5)"
        return Finding(record, Verdict.WRONG, policies, problem, "put all terms into one record")
    return _judged(record, policies[0], known)


def _judged(record: Record, policy: str, known: Known) -> Finding:
    addresses = sending_addresses(record.gateway, known)
    if not addresses:
        return _homeless(record, policy, known)
    outcomes = {address: _outcome(record, address, known) for address in addresses}
    refused = {
        address: end for address, end in outcomes.items() if end.result not in (Result.PASS, Result.TEMPERROR)
    }
    if refused:
        return _refused(record, policy, refused)
    for outcome in outcomes.values():
        if outcome.result is Result.TEMPERROR:
            return Finding(record, Verdict.NO_ANSWER, (policy,), outcome.why, ASK_AGAIN)
    if _open_to_all(policy):
        problem = f"the SPF record of {record.name} lets everybody send"
        return Finding(record, Verdict.WARNING, (policy,), problem, "end the record with -all or ~all")
    lookups = max(outcome.lookups for outcome in outcomes.values())
    note = f"{lookups} of {MOST_LOOKUPS} DNS lookups"
    if lookups >= _NEARLY_TOO_MANY:
        problem = f"it takes {note}, and with more of them receivers use no record at all (RFC 7208 4.6.4)"
        mend = "replace what you can by ip4: and ip6:, which take none"
        return Finding(record, Verdict.WARNING, (policy,), problem, mend, note)
    return Finding(record, Verdict.OK, (policy,), note=note)


def _refused(record: Record, policy: str, refused: dict[str, Outcome]) -> Finding:
    address, outcome = next(iter(refused.items()))
    if outcome.result is Result.PERMERROR:
        problem = f"receivers cannot use the SPF record of {record.name}: {outcome.why}"
        return Finding(record, Verdict.WRONG, (policy,), problem, f"mend it; this would do: {record.value}")
    terms = " ".join(spf_term(address) for address in refused)
    problem = f"SPF says {outcome.result} for {address}, from which this gateway sends: {outcome.why}"
    return Finding(record, Verdict.WRONG, (policy,), problem, f"put {terms} right after v=spf1")


def _homeless(record: Record, policy: str, known: Known) -> Finding:
    for question in host_questions(record.gateway):
        answer = answer_to(known, question)
        if isinstance(answer, Unanswered):
            return silent(record, answer)
    host = record.gateway.host
    problem = (
        f"no address can be checked against it: the mail host {host} has neither an A nor an AAAA record"
    )
    mend = f"publish the addresses of {host}, or name them in the configuration"
    return Finding(record, Verdict.WRONG, (policy,), problem, mend)


def _outcome(record: Record, address: str, known: Known) -> Outcome:
    end = check_host(record.name, address, known)
    if isinstance(end, Asks):
        name, kind = end.questions[0]
        return Outcome(Result.TEMPERROR, f"DNS was not asked in time for {kind} of {name}")
    return end


def _open_to_all(policy: str) -> bool:
    try:
        return parse_spf(policy).open_to_all
    except BadInput:  # an address passed before, so that receivers can read it
        return False
