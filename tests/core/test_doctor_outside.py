"""What is judged about the world's view of a gateway."""

from datetime import UTC, datetime

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Unanswered
from loftbox_cli.core.doctor import block_lists, outside, port25
from loftbox_cli.core.doctor.check import Health, all_well
from loftbox_cli.core.doctor.port25 import Call, End
from loftbox_cli.core.doctor.routes import judge_smarthost
from loftbox_cli.core.domain import Checked, Domain, Review
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.ids import DomainId
from loftbox_cli.core.records import Gateway, Purpose, Record
from loftbox_cli.core.report import Reply, Report, Stage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LIST = "zen.example"


def calls(*ends: End) -> list[Call]:
    return [
        Call(f"mx{place}.example", f"192.0.2.{place}", end, "220 hello") for place, end in enumerate(ends)
    ]


@pytest.mark.parametrize(
    ("ends", "state", "words"),
    [
        ((End.SILENT, End.OPEN), Health.OK, "is open: mx1.example [192.0.2.1] said 220 hello"),
        ((End.REFUSED, End.SILENT), Health.WARNING, "so the port is not blocked"),
        ((End.SILENT, End.SILENT), Health.WRONG, "seems to be blocked"),
        ((End.UNREACHABLE,), Health.WRONG, "no way leads to"),
        ((), Health.NOT_ASKED, "no address"),
    ],
)
def test_a_blocked_port_is_told_from_a_refused_one(ends: tuple[End, ...], state: Health, words: str) -> None:
    judged = port25.judge_calls(calls(*ends))
    assert judged.state is state
    assert words in judged.fact


def test_who_sends_through_a_smarthost_needs_no_port_25() -> None:
    assert port25.not_needed().state is Health.NOT_ASKED


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (NoSuchName("x"), Health.OK),
        (NoRecord("x"), Health.OK),
        (Found(("127.0.0.2",)), Health.WRONG),
        (Found(("127.0.0.4", "127.0.0.10")), Health.WRONG),
        (Found(("127.255.255.254",)), Health.UNKNOWN),
        (Found(("127.0.0.1",)), Health.UNKNOWN),
        (Found(("203.0.113.9",)), Health.UNKNOWN),
        (Unanswered("x", "late"), Health.UNKNOWN),
    ],
)
def test_a_listing_is_told_from_a_list_that_does_not_answer(answer: DnsAnswer, state: Health) -> None:
    assert block_lists.judge_listing("192.0.2.1", LIST, answer).state is state


def test_lists_are_asked_for_the_address_from_its_end() -> None:
    assert block_lists.list_name("192.0.2.1", LIST) == f"1.2.0.192.{LIST}"
    assert block_lists.list_name("2001:db8::1", LIST).startswith("1.0.0.0.0.0.0.0.")
    assert block_lists.list_name("2001:db8::1", LIST).endswith(f".8.b.d.0.1.0.0.2.{LIST}")


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.OK, Health.OK),
        (Verdict.WARNING, Health.WARNING),
        (Verdict.MISSING, Health.WARNING),
        (Verdict.WRONG, Health.WRONG),
        (Verdict.NO_ANSWER, Health.UNKNOWN),
    ],
)
def test_what_dns_said_is_told_as_a_finding_of_health(verdict: Verdict, state: Health) -> None:
    record = Record(
        Purpose.REVERSE,
        "mx.example",
        "PTR",
        "mx.example",
        required=False,
        why="",
        gateway=Gateway("mx.example"),
    )
    judged = outside.judge_finding("reverse name", Finding(record, verdict, ("seen",), "", "mend", "note"))
    assert (judged.name, judged.state, judged.fact, judged.fix) == (
        "reverse name",
        state,
        "seen (note)",
        "mend",
    )


def domain(*findings: Checked, verified: bool = True) -> Domain:
    return Domain(
        DomainId("dom_1"), "example.com", "t", "", Review.APPROVED, True, True, True,
        NOW if verified else None, NOW, None, findings, NOW,
    )  # fmt: skip


def test_each_provider_is_told_for_each_verified_domain() -> None:
    good = [
        Checked(purpose, "n", "TXT", "", True, "ok", (), "", "")
        for purpose in ("return_path_spf", "dkim", "dmarc", "reverse")
    ]
    told = list(outside.judge_providers([domain(*good), domain(verified=False)]))
    assert [check.name for check in told] == [
        f"{provider} for example.com" for provider in ("gmail", "yahoo", "microsoft")
    ]
    assert {check.state for check in told} == {Health.OK}
    assert all(check.fact.endswith("not known: few spam complaints") for check in told)
    bare = Checked("reverse", "n", "PTR", "", False, "wrong", (), "192.0.2.1 has no name (PTR)", "set it")
    (gmail, *_) = outside.judge_providers([domain(*good[:3], bare)])
    assert (gmail.state, gmail.fix) == (Health.WARNING, "set it")
    assert "reverse and forward name" in gmail.fact


def test_what_was_not_asked_is_no_fault() -> None:
    assert all_well([outside.not_asked(), block_lists.not_asked(), port25.not_dialed("offline")])


@pytest.mark.parametrize(
    ("report", "state", "words"),
    [
        (Report(Stage.AUTH, tls="TLSv1.3"), Health.OK, "with TLSv1.3"),
        (
            Report(Stage.AUTH, Reply(535, "5.7.8", "bad password")),
            Health.WRONG,
            "at auth: 535 5.7.8 bad password",
        ),
        (Report(Stage.TLS, fault="certificate verify failed"), Health.WRONG, "certificate verify failed"),
        (None, Health.WRONG, "no address"),
    ],
)
def test_a_smarthost_is_judged_by_the_session_that_it_opens(
    report: Report | None, state: Health, words: str
) -> None:
    judged = judge_smarthost("smtps://user@relay.example:465", report)
    assert judged.state is state
    assert words in judged.fact
