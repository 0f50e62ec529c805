"""Does a domain's mail come to this gateway? The judgement of an MX record.

RFC 5321 section 5.1 sends mail to the exchanges by preference; RFC 2181 section 10.3
wants each of them to be a name with addresses of its own, not an alias.
"""

from loftbox_cli.core.dns import DnsAnswer, Found, Known, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.finding import Finding, Verdict, absent, answer_to, publish, silent, values_of
from loftbox_cli.core.records import Record

MOST_FOREIGN = 10  # exchanges of others that are looked at


def mx_questions(record: Record, known: Known) -> tuple[Question, ...]:
    """Ask for the exchanges, our host's addresses, and whether another exchange is an alias of our host."""
    host = record.gateway.host
    foreign = [name for name in _exchanges(answer_to(known, (record.name, "MX"))) if name not in (host, ".")]
    return (
        (record.name, "MX"),
        (host, "A"),
        (host, "AAAA"),
        *((name, "A") for name in foreign[:MOST_FOREIGN]),
    )


def check_mx(record: Record, known: Known) -> Finding:
    """Judge the exchanges of one name."""
    answer = answer_to(known, (record.name, "MX"))
    if isinstance(answer, NoSuchName | NoRecord | Unanswered):
        return absent(record, answer)
    if record.gateway.host not in _exchanges(answer):
        return _elsewhere(record, answer, known)
    return _host_fault(record, answer, known) or _remark(record, answer, known)


def exchanges_of(domain: str, known: Known) -> tuple[str, ...]:
    """The exchanges of a domain in order of preference, as far as they are known."""
    return _exchanges(answer_to(known, (domain, "MX")))


def _exchanges(answer: DnsAnswer) -> tuple[str, ...]:
    """The names in order of preference, ours or not."""
    pairs = (value.split(" ", 1) for value in values_of(answer))
    return tuple(name for _, name in sorted((int(preference), name) for preference, name in pairs))


def _elsewhere(record: Record, answer: Found, known: Known) -> Finding:
    exchanges = _exchanges(answer)
    host = record.gateway.host
    alias = next((name for name in exchanges if host in _aliases(answer_to(known, (name, "A")))), "")
    if alias:
        problem = (
            f"the MX names {alias}, an alias (CNAME) of {host}: an MX may not name an alias (RFC 2181 10.3)"
        )
    elif exchanges == (".",):
        problem = f"{record.name} says that it takes no mail: a null MX (RFC 7505)"
    else:
        problem = f"the MX names {', '.join(exchanges)}, not {host}"
    return Finding(record, Verdict.WRONG, answer.values, problem, publish(record))


def _aliases(answer: DnsAnswer) -> tuple[str, ...]:
    return answer.aliases if isinstance(answer, Found | NoRecord) else ()


def _host_fault(record: Record, answer: Found, known: Known) -> Finding | None:
    """Look whether our host can be reached by its name."""
    host = record.gateway.host
    looks = [answer_to(known, (host, kind)) for kind in ("A", "AAAA")]
    for look in looks:
        if _aliases(look):
            problem = (
                f"{host} is an alias (CNAME) of {_aliases(look)[-1]}: an MX may not name one (RFC 2181 10.3)"
            )
            mend = f"give {host} A and AAAA records of its own instead of the CNAME"
            return Finding(record, Verdict.WRONG, answer.values, problem, mend)
    if any(values_of(look) for look in looks):
        return None
    for look in looks:
        if isinstance(look, Unanswered):
            return silent(record, look)
    problem = f"the mail host {host} has neither an A nor an AAAA record"
    return Finding(record, Verdict.WRONG, answer.values, problem, f"publish the addresses of {host}")


def _remark(record: Record, answer: Found, known: Known) -> Finding:
    host = record.gateway.host
    foreign = [name for name in _exchanges(answer) if name != host]
    if foreign:
        return Finding(
            record,
            Verdict.WARNING,
            answer.values,
            f"split delivery: mail for {record.name} that goes to {', '.join(foreign)} never comes here",
            f"remove the other MX records of {record.name} unless you mean it",
        )
    reached = {found for kind in ("A", "AAAA") for found in values_of(answer_to(known, (host, kind)))}
    if record.gateway.addresses and reached.isdisjoint(record.gateway.addresses):
        return Finding(
            record,
            Verdict.WARNING,
            answer.values,
            f"{host} is at {', '.join(sorted(reached))}, which the configuration does not list",
            f"let {host} point here, or mend the configured addresses: {', '.join(record.gateway.addresses)}",
        )
    return Finding(record, Verdict.OK, answer.values)
