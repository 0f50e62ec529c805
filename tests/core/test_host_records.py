"""What DNS says of the mail host, and the records that protect a domain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.finding import Finding, Verdict
from loftbox_cli.core.host_records import is_of_interest, of_domain, of_host
from loftbox_cli.core.record_check import check, questions
from loftbox_cli.core.records import Purpose, Record
from loftbox_cli.core.sts_check import Fetched, with_policy

HOST = "mx.gw.example"
FOUR, SIX = "192.0.2.1", "2001:db8::1"
KEY, OTHER = "ab" * 32, "cd" * 32
STS, RPT, TLSA = "_mta-sts.example.com", "_smtp._tls.example.com", f"_25._tcp.{HOST}"

GOOD: dict[Question, DnsAnswer] = {
    (HOST, "A"): Found((FOUR,)),
    (HOST, "AAAA"): Found((SIX,)),
    (HOST, "TXT"): Found(("v=spf1 a -all",)),
    (FOUR, "PTR"): Found((HOST,)),
    (SIX, "PTR"): Found((HOST,)),
    (STS, "TXT"): Found(("v=STSv1; id=20261122",)),
    (RPT, "TXT"): Found(("v=TLSRPTv1; rua=mailto:tls@example.com,https://example.com/tls",)),
    (TLSA, "TLSA"): Found((f"3 1 1 {KEY}",), authenticated=True),
}


def records(*addresses: str) -> tuple[Record, ...]:
    return (*of_host(HOST, addresses, key_sha256=KEY), *of_domain("example.com", HOST, addresses))


def judge(changes: dict[Question, DnsAnswer], *addresses: str) -> dict[Purpose, Finding]:
    """Answer what is asked from a good world with changes; what is not there does not exist."""
    world = {**GOOD, **changes}
    known: dict[Question, DnsAnswer] = {}
    expected = records(*addresses)
    while wanted := [question for record in expected for question in questions(record, known)]:
        known |= {question: world.get(question, NoSuchName(question[0])) for question in wanted}
    return {record.purpose: check(record, known) for record in expected}


def reverse(changes: dict[Question, DnsAnswer], *addresses: str) -> Finding:
    return judge(changes, *addresses)[Purpose.REVERSE]


def test_a_host_that_has_everything_is_in_order_and_nothing_of_it_decides_about_sending() -> None:
    for finding in judge({}).values():
        assert (finding.verdict, finding.problem) == (Verdict.OK, "")
        assert not finding.record.required


@pytest.mark.rule("O6")
@pytest.mark.parametrize(
    ("changes", "verdict", "words"),
    [
        ({(FOUR, "PTR"): NoSuchName("1.2.0.192.in-addr.arpa")}, Verdict.WRONG, "192.0.2.1 has no name"),
        ({(FOUR, "PTR"): Found(("old.example",))}, Verdict.WRONG, "old.example, does not lead back"),
        (
            {(FOUR, "PTR"): Found(("vps1.example",)), ("vps1.example", "A"): Found((FOUR,))},
            Verdict.WARNING,
            f"vps1.example, and this gateway greets as {HOST}",
        ),
        ({(FOUR, "PTR"): Unanswered(FOUR, "SERVFAIL")}, Verdict.NO_ANSWER, "SERVFAIL"),
        (
            {
                (FOUR, "PTR"): Found(("slow.example",)),
                ("slow.example", "A"): Unanswered("slow.example", "late"),
            },
            Verdict.NO_ANSWER,
            "late",
        ),
        ({(HOST, "A"): NoRecord(HOST), (HOST, "AAAA"): NoRecord(HOST)}, Verdict.WRONG, "neither an A"),
        (
            {(HOST, "A"): Unanswered(HOST, "late"), (HOST, "AAAA"): NoRecord(HOST)},
            Verdict.NO_ANSWER,
            "late",
        ),
    ],
)
def test_address_and_name_have_to_lead_to_each_other(
    changes: dict[Question, DnsAnswer], verdict: Verdict, words: str
) -> None:
    finding = reverse(changes)
    assert finding.verdict is verdict
    assert words in finding.problem
    assert finding.mend


@pytest.mark.rule("O5")
def test_an_ipv6_address_without_a_name_costs_only_that_way() -> None:
    nameless: dict[Question, DnsAnswer] = {(SIX, "PTR"): NoSuchName("ip6.arpa")}
    spared = reverse(nameless)
    assert spared.verdict is Verdict.WARNING
    assert "IPv4 only" in spared.problem
    assert reverse(nameless, SIX).verdict is Verdict.WRONG
    assert spared.observed == (f"{FOUR} is {HOST}", f"{SIX} is without a name")


def test_configured_addresses_are_the_ones_that_count_and_others_of_the_name_are_told() -> None:
    finding = reverse({}, FOUR)
    assert finding.verdict is Verdict.WARNING
    assert f"also at {SIX}" in finding.problem
    assert reverse({(HOST, "AAAA"): NoRecord(HOST)}, FOUR).verdict is Verdict.OK


def test_the_name_in_ehlo_has_an_spf_record_that_passes_our_addresses() -> None:
    assert judge({(HOST, "TXT"): NoRecord(HOST)})[Purpose.HELO_SPF].verdict is Verdict.MISSING
    refused = judge({(HOST, "TXT"): Found(("v=spf1 -all",))})[Purpose.HELO_SPF]
    assert (refused.verdict, refused.problem[:14]) == (Verdict.WRONG, "SPF says fail ")


@pytest.mark.parametrize("purpose", [Purpose.MTA_STS, Purpose.TLS_RPT, Purpose.TLSA])
def test_what_protects_is_not_missed_where_it_is_not_published(purpose: Purpose) -> None:
    name = {Purpose.MTA_STS: STS, Purpose.TLS_RPT: RPT, Purpose.TLSA: TLSA}[purpose]
    kind = "TLSA" if purpose is Purpose.TLSA else "TXT"
    assert not is_of_interest(judge({(name, kind): NoSuchName(name)})[purpose])
    assert not is_of_interest(judge({(name, kind): NoRecord(name)})[purpose])
    assert is_of_interest(judge({(name, kind): Unanswered(name, "late")})[purpose])
    assert is_of_interest(judge({})[purpose])


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("v=TLSRPTv1; rua=ops@example.com",), "which is no address"),
        (("v=TLSRPTv1; rua=",), "names no address"),
        (("v=TLSRPTv1",), "no records"),
        (("v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@d.example"), "2 records"),
    ],
)
def test_a_tls_report_record_needs_one_address_at_least_and_to_stand_alone(
    values: tuple[str, ...], words: str
) -> None:
    finding = judge({(RPT, "TXT"): Found(values)})[Purpose.TLS_RPT]
    assert finding.verdict is Verdict.WRONG
    assert words in finding.problem


@pytest.mark.parametrize(
    ("values", "authenticated", "verdict", "words"),
    [
        ((f"3 1 1 {OTHER}",), True, Verdict.WRONG, "name other keys"),
        ((f"3 1 1 {OTHER}", f"3 1 1 {KEY}"), True, Verdict.OK, ""),
        ((f"2 1 1 {OTHER}",), True, Verdict.WARNING, "cannot be judged"),
        ((f"1 1 1 {KEY}", "3 1 1 ab"), True, Verdict.WRONG, "can be used by mail"),
        ((f"3 1 1 {KEY}",), False, Verdict.WARNING, "nobody here validates"),
    ],
)
@pytest.mark.rule("O9")
def test_a_tlsa_record_has_to_name_the_key_that_we_show(
    values: tuple[str, ...], authenticated: bool, verdict: Verdict, words: str
) -> None:
    answer = Found(values, authenticated=authenticated)
    finding = judge({(TLSA, "TLSA"): answer})[Purpose.TLSA]
    assert finding.verdict is verdict
    assert words in finding.problem


def test_two_mta_sts_records_count_as_none_and_are_wrong() -> None:
    twice = Found(("v=STSv1; id=1", "v=STSv1; id=2"))
    assert judge({(STS, "TXT"): twice})[Purpose.MTA_STS].verdict is Verdict.WRONG


def policy(mode: str = "enforce", *patterns: str) -> Fetched:
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {each}" for each in patterns), "max_age: 86400"]
    return Fetched("\r\n".join(lines).encode())


@pytest.mark.parametrize(
    ("fetched", "verdict", "words"),
    [
        (policy("enforce", HOST), Verdict.OK, ""),
        (policy("testing", "*.gw.example"), Verdict.OK, ""),
        (policy("none"), Verdict.OK, ""),
        (policy("testing", "other.example"), Verdict.WRONG, f"leaves out {HOST}"),
        (Fetched(b"version: STSv2"), Verdict.WRONG, "the MTA-STS policy says nothing"),
        (Fetched(fault="mta-sts.example.com answered 404"), Verdict.WRONG, "answered 404"),
    ],
)
def test_a_policy_has_to_let_mail_come_to_the_exchanges(
    fetched: Fetched, verdict: Verdict, words: str
) -> None:
    finding = with_policy(judge({})[Purpose.MTA_STS], fetched, (HOST,))
    assert finding.verdict is verdict
    assert words in finding.problem
    assert bool(finding.note) is (verdict is Verdict.OK)


WORDS = st.sampled_from(
    (
        "v=STSv1; id=1",
        "v=TLSRPTv1; rua=",
        "v=DMARC1; p=none; rua=mailto:",
        "v=spf1 ",
        "3 1 1 ",
        "@",
        "!",
        ";",
        "=",
    )
)
TEXTS = st.lists(st.lists(WORDS | st.text(max_size=12), max_size=6).map("".join), max_size=3)


@given(texts=TEXTS, policy=st.binary(max_size=200), authenticated=st.booleans())
def test_whatever_dns_holds_is_judged_and_nothing_is_raised(
    texts: list[str], policy: bytes, authenticated: bool
) -> None:
    answer = Found(tuple(texts), authenticated=authenticated) if texts else NoRecord("x")
    asked = ((HOST, "TXT"), (STS, "TXT"), (RPT, "TXT"), (TLSA, "TLSA"), (FOUR, "PTR"))
    found = judge(dict.fromkeys(asked, answer))
    for finding in found.values():
        assert (finding.problem == "") is (finding.verdict is Verdict.OK)
    judged = with_policy(found[Purpose.MTA_STS], Fetched(policy), (HOST,))
    assert isinstance(judged.verdict, Verdict)
