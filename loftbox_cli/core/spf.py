"""May an address send for a domain? The check_host of RFC 7208 section 4, without asking anybody.

The evaluation takes the DNS answers that are known. Where it needs one more it
answers `Asks`: the caller asks and calls again. Macros (section 7) depend on the
single message; a term with one counts as a lookup and matches nothing here.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from loftbox_cli.core.dns import Found, Known, Question, Unanswered
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.spf_record import SpfRecord, Term, is_spf, parse_spf

# RFC 7208 section 4.6.4.
MOST_LOOKUPS = 10
MOST_VOID_LOOKUPS = 2
MOST_EXCHANGES = 10


class Result(StrEnum):
    """The results of RFC 7208 section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105  # the RFC's word, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result, why in words that a person understands, and how many DNS lookups it took."""

    result: Result
    why: str
    lookups: int = 0


@dataclass(frozen=True, slots=True)
class Asks:
    """What has to be known before there is a result."""

    questions: tuple[Question, ...]


QUALIFIED = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}
_LOOKING = ("include", "a", "mx", "ptr", "exists")


class _Stopped(Exception):
    """Not an error: it carries the end out of the evaluation, however deep that is."""

    def __init__(self, end: Outcome | Asks) -> None:
        self.end = end


def check_host(domain: str, address: str, known: Known) -> Outcome | Asks:
    """Evaluate the record of `domain` for `address` with the answers in `known`."""
    walk = _Walk(ip_address(address), known)
    try:
        return replace(walk.evaluate(domain), lookups=walk.lookups)
    except _Stopped as stopped:
        return stopped.end


class _Walk:
    """One evaluation: it counts the lookups over all records that it goes through."""

    def __init__(self, address: IPv4Address | IPv6Address, known: Known) -> None:
        self._address = address
        self._known = known
        self.lookups = 0
        self._voids = 0

    def evaluate(self, domain: str) -> Outcome:
        policies = [value for value in self._values((domain, "TXT")) if is_spf(value)]
        if not policies:
            return Outcome(Result.NONE, f"{domain} has no SPF record")
        if len(policies) > 1:
            raise _broken(f"{domain} has {len(policies)} SPF records")
        try:
            record = parse_spf(policies[0])
        except BadInput as error:
            raise _broken(f"{domain}: {error.fact}") from None
        for term in record.terms:
            if self._matches(term, domain):
                return Outcome(QUALIFIED[term.qualifier], f"{term.text} in the record of {domain}")
        return self._redirected(record, domain)

    def _redirected(self, record: SpfRecord, domain: str) -> Outcome:
        if not record.redirect or "%" in record.redirect:
            return Outcome(Result.NEUTRAL, f"no term in the record of {domain} matches")
        self._count()
        outcome = self.evaluate(_host(record.redirect))
        if outcome.result is Result.NONE:  # RFC 7208 section 6.1
            raise _broken(outcome.why)
        return outcome

    def _matches(self, term: Term, domain: str) -> bool:
        if term.name in _LOOKING:
            self._count()
        target = _host(term.target or domain)
        if term.has_macro:
            return False
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                return self._address in term.network if term.network is not None else False
            case "a":
                return bool(self._counted((target, self._kind))) and self._is_at((target,), term)
            case "mx":
                return self._is_exchange(target, term)
            case "include":
                return self._included(target)
            case "exists":
                return bool(self._counted((target, "A")))
        return False  # "ptr": RFC 7208 section 5.5 asks not to use it

    def _included(self, target: str) -> bool:
        outcome = self.evaluate(target)
        if outcome.result is Result.NONE:  # RFC 7208 section 5.2
            raise _broken(f"include:{target}: {outcome.why}")
        return outcome.result is Result.PASS

    def _is_exchange(self, target: str, term: Term) -> bool:
        hosts = [value.split(" ", 1)[1] for value in self._counted((target, "MX"))]
        if len(hosts) > MOST_EXCHANGES:
            raise _broken(f"{target} has more than {MOST_EXCHANGES} MX records")
        return self._is_at(tuple(host for host in hosts if host != "."), term)

    def _is_at(self, hosts: tuple[str, ...], term: Term) -> bool:
        """Look whether one of these hosts has the address, or one in the same network."""
        questions = [(host, self._kind) for host in hosts]
        unknown = tuple(question for question in questions if question not in self._known)
        if unknown:
            raise _Stopped(Asks(unknown))
        prefix = term.prefixes[0 if self._address.version == 4 else 1]
        return any(
            self._address in ip_network(f"{found}/{prefix}", strict=False)
            for question in questions
            for found in self._values(question)
        )

    @property
    def _kind(self) -> str:
        return "A" if self._address.version == 4 else "AAAA"

    def _count(self) -> None:
        self.lookups += 1
        if self.lookups > MOST_LOOKUPS:
            raise _broken(f"it takes more than {MOST_LOOKUPS} DNS lookups")

    def _counted(self, question: Question) -> tuple[str, ...]:
        values = self._values(question)
        self._voids += not values
        if self._voids > MOST_VOID_LOOKUPS:
            raise _broken(f"more than {MOST_VOID_LOOKUPS} of its lookups find nothing")
        return values

    def _values(self, question: Question) -> tuple[str, ...]:
        answer = self._known.get(question)
        if answer is None:
            raise _Stopped(Asks((question,)))
        if isinstance(answer, Unanswered):
            raise _Stopped(
                Outcome(Result.TEMPERROR, f"DNS did not answer for {answer.name}: {answer.reason}")
            )
        return answer.values if isinstance(answer, Found) else ()


def _host(name: str) -> str:
    return name.lower().removesuffix(".")


def _broken(why: str) -> _Stopped:
    return _Stopped(Outcome(Result.PERMERROR, why))
