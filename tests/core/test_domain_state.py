from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from loftbox_cli.core.domain import GRACE, Checked, Domain, DomainState, Look, Review
from loftbox_cli.core.ids import DomainId

NOW = datetime(2026, 11, 21, 9, 41, tzinfo=UTC)
NEW = Domain(
    id=DomainId("dom_1"),
    name="example.com",
    token="token",
    use_case="support",
    review=Review.APPROVED,
    owned=False,
    outbound=False,
    inbound=False,
    verified_at=None,
    checked_at=None,
    failing_since=None,
    findings=(),
    created_at=NOW,
)
S = DomainState


def look(owned: bool | None = True, outbound: bool | None = True, inbound: bool | None = True) -> Look:
    return Look(owned, outbound, inbound, ())


VERIFIED = NEW.looked(look(), NOW)


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (look(), S.VERIFIED),
        (look(inbound=False), S.VERIFIED),
        (look(owned=False), S.PENDING),
        (look(outbound=False), S.PENDING),
        (look(owned=None), S.PENDING),
        (look(outbound=None), S.PENDING),
        (look(None, None, None), S.PENDING),
    ],
)
def test_a_new_domain_is_verified_when_ownership_and_the_records_for_sending_are_there(
    seen: Look, state: DomainState
) -> None:
    assert NEW.looked(seen, NOW).state(NOW) is state


@pytest.mark.parametrize(
    ("after", "state"),
    [
        (timedelta(0), S.DEGRADED),
        (GRACE - timedelta(microseconds=1), S.DEGRADED),
        (GRACE, S.SUSPENDED),
        (timedelta(days=400), S.SUSPENDED),
    ],
)
def test_a_domain_whose_records_are_gone_is_degraded_for_a_day_and_then_suspended(
    after: timedelta, state: DomainState
) -> None:
    assert VERIFIED.looked(look(outbound=False), NOW).state(NOW + after) is state


def test_the_day_counts_from_the_first_of_the_failing_looks() -> None:
    failing = VERIFIED.looked(look(outbound=False), NOW)
    again = failing.looked(look(outbound=False), NOW + timedelta(hours=20))
    assert again.failing_since == NOW
    assert again.state(NOW + GRACE) is S.SUSPENDED


def test_lost_ownership_suspends_at_once() -> None:
    assert VERIFIED.looked(look(owned=False), NOW).state(NOW) is S.SUSPENDED


@pytest.mark.parametrize("bad", [look(owned=False), look(outbound=False)])
def test_a_good_look_makes_everything_good_again(bad: Look) -> None:
    later = NOW + timedelta(days=3)
    mended = VERIFIED.looked(bad, NOW).looked(look(), later)
    assert mended.state(later) is S.VERIFIED
    assert mended.failing_since is None
    assert mended.verified_at == NOW


@pytest.mark.parametrize(
    "before",
    [
        NEW,
        VERIFIED,
        VERIFIED.looked(look(outbound=False), NOW),
        VERIFIED.looked(look(owned=False), NOW),
    ],
)
def test_a_dns_that_does_not_answer_changes_nothing_but_what_was_seen_and_when(before: Domain) -> None:
    later = NOW + timedelta(hours=5)
    finding = Checked("spf", "example.com", "TXT", "v=spf1", True, "no_answer", (), "DNS did not answer", "")
    after = before.looked(Look(None, None, None, (finding,)), later)
    assert after == replace(before, checked_at=later, findings=(finding,))
    assert after.state(later) is before.state(later)


def test_a_mute_dns_neither_starts_nor_stops_the_day_of_grace() -> None:
    failing = VERIFIED.looked(look(outbound=False), NOW)
    mute = failing.looked(look(None, None, None), NOW + timedelta(hours=12))
    assert mute.state(NOW + GRACE) is S.SUSPENDED
    assert VERIFIED.looked(look(None, None, None), NOW).state(NOW + GRACE) is S.VERIFIED


@pytest.mark.parametrize("review", list(Review))
@pytest.mark.parametrize(
    ("domain", "sends"),
    [
        (NEW, False),
        (VERIFIED, True),
        (VERIFIED.looked(look(outbound=False), NOW), True),
        (VERIFIED.looked(look(outbound=False), NOW - GRACE), False),
        (VERIFIED.looked(look(owned=False), NOW), False),
    ],
    ids=["pending", "verified", "degraded", "suspended", "lost"],
)
def test_only_an_approved_domain_that_is_verified_or_degraded_sends(
    domain: Domain, sends: bool, review: Review
) -> None:
    assert replace(domain, review=review).may_send(NOW) is (sends and review is Review.APPROVED)


def test_what_receives_goes_on_receiving_while_dns_is_mute() -> None:
    assert VERIFIED.looked(look(None, None, None), NOW).inbound
