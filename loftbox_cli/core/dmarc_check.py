"""Does a domain ask for reports, and what for? The judgement of its DMARC record (RFC 9989).

A domain without a record of its own stands under that of a domain above it, found by
walking up the tree (section 4.10). Reports go to another organisation's address only
where that organisation says so in DNS (RFC 9990 section 4).
"""

from collections.abc import Iterator

from loftbox_cli.core.dmarc_record import is_dmarc, parse_dmarc
from loftbox_cli.core.dns import Known, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to, publish, silent, values_of
from loftbox_cli.core.records import Record

LABEL = "_dmarc."
MOST_OUTSIDERS = 5  # that are asked whether they take reports
MOST_STEPS = 8  # questions of one walk (RFC 9989 section 4.10)


def dmarc_questions(record: Record, known: Known) -> Iterator[Question]:
    """Ask for the record; then for those above, and for the permission of whoever gets the reports."""
    yield (record.name, "TXT")
    if (record.name, "TXT") not in known:
        return
    own = _policies(record.name, known)
    outside = [host for value in own for host in _outsiders(record, value)]
    if not own or outside:
        yield from ((LABEL + name, "TXT") for name in _above(_domain(record)))
    yield from ((_permission(record, host), "TXT") for host in outside)


def check_dmarc(record: Record, known: Known) -> Finding:
    """Judge the record of one domain."""
    answer = answer_to(known, (record.name, "TXT"))
    if isinstance(answer, Unanswered):
        return silent(record, answer)
    policies = _policies(record.name, known)
    if not policies:
        return _inherited(record, known) or _missing(record, answer)
    if len(policies) > 1:
        problem = f"{record.name} has {len(policies)} DMARC records, and receivers then use none"
        return Finding(record, Verdict.WRONG, policies, problem, "leave only one of them")
    try:
        remarks = parse_dmarc(policies[0]).remarks
    except BadInput as error:
        return Finding(record, Verdict.WRONG, policies, error.fact, publish(record))
    if remarks:
        this = f"this would do: {record.value}"
        return Finding(record, Verdict.WARNING, policies, "; ".join(remarks), this)
    return _unheard(record, policies, known) or Finding(record, Verdict.OK, policies)


def _missing(record: Record, answer: object) -> Finding:
    if isinstance(answer, NoSuchName | NoRecord):
        return absent(record, answer)
    problem = f"none of the TXT records at {record.name} begins with v=DMARC1"
    return Finding(record, Verdict.MISSING, (), problem, publish(record))


def _inherited(record: Record, known: Known) -> Finding | None:
    """Look whether a domain above speaks for this one; the nearest one counts."""
    for name in _above(_domain(record)):
        answer = answer_to(known, (LABEL + name, "TXT"))
        if isinstance(answer, Unanswered):
            return silent(record, answer)
        policies = _policies(LABEL + name, known)
        if len(policies) == 1:
            try:
                policy = parse_dmarc(policies[0]).subdomain_policy
            except BadInput:
                continue
            problem = f"the record of {name} counts, and asks for {policy}: there is none at {record.name}"
            return Finding(record, Verdict.WARNING, policies, problem, publish(record))
    return None


def _unheard(record: Record, policies: tuple[str, ...], known: Known) -> Finding | None:
    """Look whether everybody outside who is to get reports says that it takes them."""
    organisation = _organisation(record, known)
    for host in _outsiders(record, policies[0]):
        if _is_within(host, organisation):
            continue
        name = _permission(record, host)
        answer = answer_to(known, (name, "TXT"))
        if isinstance(answer, Unanswered) or any(map(is_dmarc, values_of(answer))):
            continue
        problem = f"no report goes to {host}: it does not say that it takes those about {_domain(record)}"
        mend = f"let {host} publish at {name} the TXT record: v=DMARC1, or have the reports sent elsewhere"
        return Finding(record, Verdict.WARNING, policies, problem, mend)
    return None


def _outsiders(record: Record, value: str) -> list[str]:
    """The domains that get reports and lie neither above nor below this one."""
    try:
        reports_to = parse_dmarc(value).reports_to
    except BadInput:
        return []
    hosts = (uri.rpartition("@")[2].partition("!")[0].lower().removesuffix(".") for uri in reports_to)
    domain = _domain(record)
    outside = [host for host in dict.fromkeys(hosts) if host and not _are_kin(host, domain)]
    return outside[:MOST_OUTSIDERS]


def _organisation(record: Record, known: Known) -> str:
    """The highest domain that has a record: those below it are of one organisation."""
    domain = _domain(record)
    for name in reversed(_above(domain)):
        if any("psd=y" not in value.replace(" ", "") for value in _policies(LABEL + name, known)):
            return name
    return domain


def _above(domain: str) -> list[str]:
    labels = domain.split(".")
    # A domain with many labels is shortened first, so that a walk ends.
    first = max(1, len(labels) - (MOST_STEPS - 1))
    return [".".join(labels[place:]) for place in range(first, len(labels))]


def _permission(record: Record, host: str) -> str:
    return f"{_domain(record)}._report._dmarc.{host}"


def _domain(record: Record) -> str:
    return record.name.removeprefix(LABEL)


def _policies(name: str, known: Known) -> tuple[str, ...]:
    return tuple(value for value in values_of(answer_to(known, (name, "TXT"))) if is_dmarc(value))


def _are_kin(one: str, other: str) -> bool:
    return _is_within(one, other) or _is_within(other, one)


def _is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")
