from dataclasses import replace
from datetime import UTC, datetime, timedelta

from loftbox_cli.cli.domain_watch import look_until_verified
from loftbox_cli.core.domain import Checked, Domain, Review
from loftbox_cli.core.ids import DomainId

NOW = datetime(2026, 11, 21, 9, 41, 2, tzinfo=UTC)
DOMAIN = Domain(
    id=DomainId("dom_1"),
    name="example.com",
    token="token",
    use_case="",
    review=Review.PENDING,
    owned=False,
    outbound=False,
    inbound=False,
    verified_at=None,
    checked_at=None,
    failing_since=None,
    findings=(),
    created_at=NOW,
)


class Dns:
    """Answers each look with the next verdict, the last one again and again."""

    def __init__(self, *verdicts: str) -> None:
        self.verdicts = list(verdicts)
        self.slept: list[float] = []
        self.told: list[str] = []

    async def look(self, domain: Domain) -> Domain:
        verdict = self.verdicts.pop(0) if len(self.verdicts) > 1 else self.verdicts[0]
        advice = Checked("dmarc", "_dmarc.example.com", "TXT", "", False, "missing", (), "", "")
        needed = Checked("spf", "example.com", "TXT", "", True, verdict, (), "", "")
        return replace(domain, findings=(advice, needed))

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def watch(self, patience: timedelta | None) -> str:
        looked = await look_until_verified(self, DOMAIN, patience, self.told.append, sleep=self.sleep)
        return looked.findings[1].verdict


async def test_without_patience_dns_is_looked_at_once() -> None:
    dns = Dns("missing")
    assert await dns.watch(None) == "missing"
    assert (dns.slept, dns.told) == ([], [])


async def test_it_is_looked_at_until_every_record_that_is_needed_is_good() -> None:
    dns = Dns("missing", "no_answer", "ok")
    assert await dns.watch(timedelta(minutes=10)) == "ok"
    assert dns.slept == [2, 5]
    assert dns.told == [
        "not yet: example.com (missing); looking again in 2s",
        "not yet: example.com (no_answer); looking again in 5s",
    ]


async def test_the_pauses_grow_and_end_exactly_with_the_patience() -> None:
    dns = Dns("wrong")
    assert await dns.watch(timedelta(minutes=4)) == "wrong"
    assert dns.slept == [2, 5, 10, 20, 30, 60, 60, 53]
