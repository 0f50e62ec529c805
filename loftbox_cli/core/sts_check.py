"""Does a domain's MTA-STS policy let mail come here? The judgement of record and policy file (RFC 8461).

A policy that is enforced and leaves one of the domain's own exchanges out makes
senders keep their mail, so it is looked at before they do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to
from loftbox_cli.core.mta_sts import BadPolicy, Mode, Policy, covers, parse_policy, txt_id
from loftbox_cli.core.records import Record


@dataclass(frozen=True, slots=True)
class Fetched:
    """The policy file, or why it could not be had."""

    octets: bytes = b""
    fault: str = ""


def check_sts(record: Record, known: Known) -> Finding:
    """Judge the record alone; OK means that there is a policy to fetch."""
    answer = answer_to(known, (record.name, "TXT"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    if not txt_id(answer):
        problem = f"{record.name} holds no single record of the form v=STSv1; id=..."
        mend = f"leave one record there, with an id that changes with the policy: {record.value}"
        return Finding(record, Verdict.WRONG, answer.values, problem, mend)
    return Finding(record, Verdict.OK, answer.values)


def with_policy(finding: Finding, fetched: Fetched, exchanges: Sequence[str]) -> Finding:
    """Judge the policy behind a good record by the exchanges that the domain has."""
    if fetched.fault:
        problem = f"the MTA-STS policy cannot be fetched: {fetched.fault}"
        return _amiss(
            finding, problem, "serve it over HTTPS at mta-sts. below the domain, or remove the record"
        )
    try:
        policy = parse_policy(fetched.octets)
    except BadPolicy as error:
        return _amiss(
            finding, f"the MTA-STS policy says nothing: {error}", "mend the file (RFC 8461 section 3.2)"
        )
    left_out = [name for name in exchanges if not covers(policy.mx, name)]
    if left_out and policy.mode is not Mode.NONE:
        return _amiss(
            finding,
            f"the MTA-STS policy leaves out {', '.join(left_out)}, an exchange of the domain",
            f"add to the policy: mx: {left_out[0]}; then change the id of the record",
        )
    return replace(finding, note=_said(policy))


def _amiss(finding: Finding, problem: str, mend: str) -> Finding:
    return replace(finding, verdict=Verdict.WRONG, problem=problem, mend=mend)


def _said(policy: Policy) -> str:
    return f"mode {policy.mode}, mx {', '.join(policy.mx)}" if policy.mx else f"mode {policy.mode}"
