"""Do address and name belong together? The judgement of our reverse DNS.

A receiver asks for the names of the address that connects (PTR), and whether one of
them leads back to it: forward-confirmed reverse DNS. Google refuses mail without it
(5.7.25), and the name in EHLO should be that name (RFC 5321 section 4.1.4).
"""

from dataclasses import dataclass
from enum import Enum

from loftbox_cli.core.dns import Found, Known, Question, Unanswered
from loftbox_cli.core.finding import ASK_AGAIN, Finding, Verdict, answer_to, values_of
from loftbox_cli.core.gateway_addresses import KINDS, host_addresses, host_questions, sending_addresses
from loftbox_cli.core.records import Record

MOST_NAMES = 5  # of one address


class _State(Enum):
    CONFIRMED = "confirmed"
    OTHER_NAME = "other name"
    NOT_BACK = "not back"
    NAMELESS = "nameless"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class _Seen:
    address: str
    state: _State
    names: tuple[str, ...] = ()
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.address} is {', '.join(self.names) or 'without a name'}"


def reverse_questions(record: Record, known: Known) -> tuple[Question, ...]:
    """Ask for the host's addresses, the names of each address of ours, and the addresses of each name."""
    addresses = sending_addresses(record.gateway, known)
    pointers = tuple((address, "PTR") for address in addresses)
    forward = tuple(
        (name, _kind(address)) for address in addresses for name in _names(answer_to(known, (address, "PTR")))
    )
    return (*host_questions(record.gateway), *pointers, *forward)


def check_reverse(record: Record, known: Known) -> Finding:
    """Judge all addresses together; the first that is amiss is told."""
    addresses = sending_addresses(record.gateway, known)
    if not addresses:
        return _homeless(record, known)
    host = record.gateway.host
    seen = [_look(address, host, known) for address in addresses]
    observed = tuple(map(str, seen))
    # Mail goes by IPv4 where DNS does not back an IPv6 address, so it costs only that way.
    four = any(each.state is _State.CONFIRMED and ":" not in each.address for each in seen)
    for each in sorted(seen, key=lambda each: ":" in each.address):
        match each.state:
            case _State.SILENT:
                problem = f"DNS did not answer for the name of {each.address}: {each.reason}"
                return Finding(record, Verdict.NO_ANSWER, observed, problem, ASK_AGAIN)
            case _State.NAMELESS | _State.NOT_BACK:
                return _unconfirmed(record, each, observed, spared=four and ":" in each.address)
    others = [each for each in seen if each.state is _State.OTHER_NAME]
    if others:
        return _named_otherwise(record, others[0], observed)
    return _told_in_ehlo(record, addresses, observed, known)


def _look(address: str, host: str, known: Known) -> _Seen:
    answer = answer_to(known, (address, "PTR"))
    if isinstance(answer, Unanswered):
        return _Seen(address, _State.SILENT, reason=answer.reason)
    names = _names(answer)
    if not names:
        return _Seen(address, _State.NAMELESS)
    forward = {name: answer_to(known, (name, _kind(address))) for name in names}
    back = [name for name, found in forward.items() if address in values_of(found)]
    if host in back:
        return _Seen(address, _State.CONFIRMED, names)
    if back:
        return _Seen(address, _State.OTHER_NAME, names)
    for found in forward.values():
        if isinstance(found, Unanswered):
            return _Seen(address, _State.SILENT, names, found.reason)
    return _Seen(address, _State.NOT_BACK, names)


def _unconfirmed(record: Record, seen: _Seen, observed: tuple[str, ...], *, spared: bool) -> Finding:
    host = record.gateway.host
    problem = (
        f"{seen.address} has no name (PTR)"
        if seen.state is _State.NAMELESS
        else f"the name of {seen.address}, {seen.names[0]}, does not lead back to it"
    )
    if spared:
        problem += ": mail goes by IPv4 only, where there is a choice"
    mend = f"let whoever gave you the address set its PTR to {host}, and publish {seen.address} at {host}"
    return Finding(record, Verdict.WARNING if spared else Verdict.WRONG, observed, problem, mend)


def _named_otherwise(record: Record, seen: _Seen, observed: tuple[str, ...]) -> Finding:
    host = record.gateway.host
    problem = f"{seen.address} is {seen.names[0]}, and this gateway greets as {host}"
    return Finding(record, Verdict.WARNING, observed, problem, f"set the PTR of {seen.address} to {host}")


def _told_in_ehlo(
    record: Record, addresses: tuple[str, ...], observed: tuple[str, ...], known: Known
) -> Finding:
    """Look whether the name in EHLO leads to other places than mail leaves from."""
    elsewhere = [found for found in host_addresses(record.gateway, known) if found not in addresses]
    if elsewhere:
        problem = (
            f"{record.gateway.host} is also at {', '.join(elsewhere)}, which the configuration does not list"
        )
        mend = "list it in [gateway] addresses where mail leaves from it too, or remove it"
        return Finding(record, Verdict.WARNING, observed, problem, mend)
    return Finding(record, Verdict.OK, observed)


def _homeless(record: Record, known: Known) -> Finding:
    host = record.gateway.host
    for question in host_questions(record.gateway):
        answer = answer_to(known, question)
        if isinstance(answer, Unanswered):
            problem = f"DNS did not answer for {answer.name}: {answer.reason}"
            return Finding(record, Verdict.NO_ANSWER, (), problem, ASK_AGAIN)
    problem = f"the mail host {host} has neither an A nor an AAAA record"
    return Finding(record, Verdict.WRONG, (), problem, f"publish the addresses of {host}")


def _names(answer: object) -> tuple[str, ...]:
    return answer.values[:MOST_NAMES] if isinstance(answer, Found) else ()


def _kind(address: str) -> str:
    return KINDS[":" in address]
