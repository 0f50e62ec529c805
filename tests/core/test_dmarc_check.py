"""Whose DMARC record counts, and whether reports arrive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.record_check import check, questions
from loftbox_cli.core.records import Purpose, expected

DOMAIN = "agents.company.example"
OWN = f"_dmarc.{DOMAIN}"
ABOVE = "_dmarc.company.example"


def judge(world: dict[Question, DnsAnswer]) -> tuple[Finding, list[str]]:
    """The finding, and the names that were asked for."""
    record = next(
        each
        for each in expected(
            DOMAIN,
            token="t",
            host="mx.gw.example",
            addresses=(),
            keys=(DkimKey("lb1", Algorithm.ED25519, b"", "AAAA"),),
            return_path_host=f"bounce.{DOMAIN}",
            dmarc_rua="",
        )
        if each.purpose is Purpose.DMARC
    )
    known: dict[Question, DnsAnswer] = {}
    while wanted := questions(record, known):
        known |= {question: world.get(question, NoSuchName(question[0])) for question in wanted}
    return check(record, known), [name for name, _ in known]


def test_a_domain_without_a_record_stands_under_the_nearest_one_above() -> None:
    finding, _ = judge({(ABOVE, "TXT"): Found(("v=DMARC1; p=reject; sp=quarantine",))})
    assert finding.verdict is Verdict.WARNING
    assert "company.example counts, and asks for quarantine" in finding.problem
    assert finding.observed == ("v=DMARC1; p=reject; sp=quarantine",)


def test_nothing_above_is_asked_for_where_the_domain_speaks_for_itself() -> None:
    finding, asked = judge({(OWN, "TXT"): Found(("v=DMARC1; p=none; rua=mailto:d@company.example",))})
    assert finding.verdict is Verdict.OK
    assert asked == [OWN]


def test_no_record_anywhere_is_missing() -> None:
    assert judge({})[0].verdict is Verdict.NO_SUCH_NAME
    assert judge({(OWN, "TXT"): NoRecord(OWN)})[0].verdict is Verdict.MISSING
    assert judge({(OWN, "TXT"): Found(("something else",))})[0].verdict is Verdict.MISSING


def test_a_silent_domain_above_leaves_it_open() -> None:
    finding, _ = judge({(ABOVE, "TXT"): Unanswered(ABOVE, "late")})
    assert finding.verdict is Verdict.NO_ANSWER


def test_a_broken_record_above_is_passed_by() -> None:
    assert judge({(ABOVE, "TXT"): Found(("v=DMARC1; p=maybe",))})[0].verdict is Verdict.NO_SUCH_NAME


@pytest.mark.parametrize(
    ("permission", "verdict"),
    [
        (NoSuchName("x"), Verdict.WARNING),
        (Found(("hello",)), Verdict.WARNING),
        (Found(("v=DMARC1",)), Verdict.OK),
        (Unanswered("x", "late"), Verdict.OK),
    ],
)
def test_reports_go_to_others_only_where_they_say_so(permission: DnsAnswer, verdict: Verdict) -> None:
    finding, asked = judge(
        {
            (OWN, "TXT"): Found(("v=DMARC1; p=none; rua=mailto:in@reports.example!10m",)),
            (f"{DOMAIN}._report._dmarc.reports.example", "TXT"): permission,
        }
    )
    assert f"{DOMAIN}._report._dmarc.reports.example" in asked
    assert finding.verdict is verdict
    assert ("reports.example" in finding.problem) is (verdict is Verdict.WARNING)


def test_a_sister_domain_of_one_organisation_needs_no_permission() -> None:
    finding, _ = judge(
        {
            (OWN, "TXT"): Found(("v=DMARC1; p=none; rua=mailto:in@mail.company.example",)),
            (ABOVE, "TXT"): Found(("v=DMARC1; p=none",)),
        }
    )
    assert finding.verdict is Verdict.OK


RECORDS = st.lists(
    st.lists(
        st.sampled_from(
            ("v=DMARC1", ";", " p=none", "; rua=mailto:a@b.example", ",", "!10m", "psd=y", "=", "@")
        )
        | st.text(max_size=8),
        max_size=8,
    ).map("".join),
    min_size=1,
    max_size=2,
)


@given(own=RECORDS, above=RECORDS)
def test_any_text_in_dns_is_judged_and_nothing_is_raised(own: list[str], above: list[str]) -> None:
    finding, asked = judge({(OWN, "TXT"): Found(tuple(own)), (ABOVE, "TXT"): Found(tuple(above))})
    assert (finding.problem == "") is (finding.verdict is Verdict.OK)
    assert len(asked) <= 12
