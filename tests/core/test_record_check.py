from base64 import b64encode

import pytest

from loftbox_cli.core import host_records
from loftbox_cli.core.dkim_key import Algorithm, DkimKey
from loftbox_cli.core.dns import DnsAnswer, Found, NoRecord, NoSuchName, Question, Unanswered
from loftbox_cli.core.finding import Capabilities, DomainVerdict, Finding, Verdict, capabilities, verdict
from loftbox_cli.core.record_check import check, questions
from loftbox_cli.core.records import Purpose, Record, expected

HOST = "mail.gw.example"
US = "192.0.2.1"
PUBLIC = b64encode(b"the octets of a public key").decode()
OTHER = b64encode(b"the octets of another key.").decode()
KEYS = (DkimKey("lb1", Algorithm.RSA, b"", PUBLIC), DkimKey("lb2", Algorithm.ED25519, b"", OTHER))

APEX, TOKEN, KEY, POLICY = (
    "example.com",
    "_loftbox.example.com",
    "lb1._domainkey.example.com",
    "_dmarc.example.com",
)
BOUNCE = "bounce.example.com"

GOOD: dict[Question, DnsAnswer] = {
    (TOKEN, "TXT"): Found(("lb-domain-verify=t0k3n",)),
    (APEX, "MX"): Found((f"10 {HOST}",)),
    (APEX, "TXT"): Found(("something else", "v=spf1 mx -all")),
    (KEY, "TXT"): Found((f"v=DKIM1; k=rsa; p={PUBLIC}",)),
    ("lb2._domainkey.example.com", "TXT"): Found((f"v=DKIM1; k=ed25519; p={OTHER}",)),
    (POLICY, "TXT"): Found(("v=DMARC1; p=reject",)),
    (BOUNCE, "MX"): Found((f"10 {HOST}",)),
    (BOUNCE, "TXT"): Found((f"v=spf1 ip4:{US} -all",)),
    (HOST, "A"): Found((US,)),
    (HOST, "AAAA"): NoRecord(HOST),
}


def records(*addresses: str) -> tuple[Record, ...]:
    return expected(
        APEX,
        token="t0k3n",
        host=HOST,
        addresses=addresses,
        keys=KEYS,
        return_path_host=BOUNCE,
        dmarc_rua="dmarc@example.com",
    )


def judge(world: dict[Question, DnsAnswer], *addresses: str) -> dict[str, Finding]:
    """Answer the questions of every record out of `world`, and judge."""
    known: dict[Question, DnsAnswer] = {}
    expected_records = records(*addresses)
    while wanted := [question for record in expected_records for question in questions(record, known)]:
        known |= {question: world.get(question, NoSuchName(question[0])) for question in wanted}
    findings = [check(record, known) for record in expected_records]
    return {f"{finding.record.kind} {finding.record.name}": finding for finding in findings}


def seen(name: str, kind: str, answer: DnsAnswer, *addresses: str, **also: DnsAnswer) -> Finding:
    world = {**GOOD, (name, kind): answer, **{(other, "A"): found for other, found in also.items()}}
    return judge(world, *addresses)[f"{kind} {name}"]


def test_a_domain_that_published_everything_is_verified() -> None:
    findings = judge(GOOD).values()
    assert [finding.verdict for finding in findings] == [Verdict.OK] * 8
    assert all(finding.observed and not finding.problem and not finding.mend for finding in findings)
    assert verdict(findings) is DomainVerdict.VERIFIED
    assert capabilities(findings) == Capabilities(owned=True, outbound=True, inbound=True)


def test_configured_addresses_need_no_look_at_the_mail_host() -> None:
    assert verdict(judge(GOOD, US).values()) is DomainVerdict.VERIFIED
    spf = next(record for record in records(US) if record.purpose is Purpose.SPF)
    assert (HOST, "A") not in questions(spf, {})


@pytest.mark.parametrize(
    ("answer", "expected_verdict"),
    [
        (NoRecord("x"), Verdict.MISSING),
        (Unanswered("x", "SERVFAIL"), Verdict.NO_ANSWER),
    ],
)
@pytest.mark.parametrize("question", [question for question in GOOD if question[0] not in (HOST, TOKEN)])
def test_missing_and_not_answered_are_two_things(
    question: Question, answer: DnsAnswer, expected_verdict: Verdict
) -> None:
    finding = seen(*question, answer if isinstance(answer, Unanswered) else NoRecord(question[0]))
    assert finding.verdict is expected_verdict
    assert finding.problem
    assert finding.mend


@pytest.mark.parametrize("record", records())
def test_a_name_that_does_not_exist_is_told_with_what_to_publish(record: Record) -> None:
    finding = judge({})[f"{record.kind} {record.name}"]
    assert finding.verdict is Verdict.NO_SUCH_NAME
    assert finding.problem == f"the name {record.name} does not exist"
    assert finding.mend == f"publish at {record.name} the {record.kind} record: {record.value}"


def test_what_was_not_asked_in_time_counts_as_not_answered() -> None:
    findings = [check(record, {}) for record in records()]
    assert {finding.verdict for finding in findings} == {Verdict.NO_ANSWER}
    assert verdict(findings) is DomainVerdict.UNKNOWN
    assert capabilities(findings) == Capabilities(owned=None, outbound=None, inbound=None)


def test_a_fault_outweighs_an_answer_that_did_not_come() -> None:
    world = {**GOOD, (KEY, "TXT"): NoRecord(KEY), (BOUNCE, "MX"): Unanswered(BOUNCE, "timeout")}
    findings = judge(world).values()
    assert verdict(findings) is DomainVerdict.NOT_VERIFIED
    assert capabilities(findings) == Capabilities(owned=True, outbound=False, inbound=True)


def test_a_domain_that_only_sends_is_verified_without_an_mx_of_its_own() -> None:
    world = {**GOOD, (APEX, "MX"): NoRecord(APEX), (APEX, "TXT"): Found((f"v=spf1 a:{HOST} -all",))}
    findings = judge(world).values()
    assert verdict(findings) is DomainVerdict.VERIFIED
    assert capabilities(findings) == Capabilities(owned=True, outbound=True, inbound=False)


def test_nothing_looked_at_is_nothing_proven() -> None:
    assert verdict(()) is DomainVerdict.NOT_VERIFIED


# Ownership


def test_the_token_may_stand_at_the_domain_itself() -> None:
    world = {**GOOD, (TOKEN, "TXT"): NoSuchName(TOKEN), (APEX, "TXT"): Found(("lb-domain-verify=t0k3n ",))}
    assert judge(world)[f"TXT {TOKEN}"].verdict is Verdict.OK


def test_the_token_is_not_lost_while_one_of_its_places_does_not_answer() -> None:
    world = {**GOOD, (TOKEN, "TXT"): NoSuchName(TOKEN), (APEX, "TXT"): Unanswered(APEX, "timeout")}
    assert judge(world)[f"TXT {TOKEN}"].verdict is Verdict.NO_ANSWER


@pytest.mark.parametrize("text", ["lb-domain-verify=other", "lb-domain-verify=T0K3N", "t0k3n"])
def test_another_token_is_wrong_and_shown(text: str) -> None:
    finding = seen(TOKEN, "TXT", Found((text,)))
    assert (finding.verdict, finding.observed) == (Verdict.WRONG, (text,))


# MX


def test_another_exchange_beside_ours_is_split_delivery() -> None:
    finding = seen(APEX, "MX", Found((f"10 {HOST}", "5 mx.other.example")))
    assert finding.verdict is Verdict.WARNING
    assert finding.problem.startswith("split delivery: ")
    assert "mx.other.example" in finding.problem


def test_exchanges_of_others_only_are_wrong() -> None:
    finding = seen(APEX, "MX", Found(("10 mx2.other.example", "5 mx1.other.example")))
    assert finding.verdict is Verdict.WRONG
    assert finding.problem == f"the MX names mx1.other.example, mx2.other.example, not {HOST}"


@pytest.mark.rule("O3")
def test_an_exchange_that_is_an_alias_of_our_host_is_wrong() -> None:
    alias = Found((US,), aliases=(HOST,))
    finding = seen(APEX, "MX", Found(("10 inbound.example.com",)), **{"inbound.example.com": alias})
    assert finding.verdict is Verdict.WRONG
    assert "RFC 2181 10.3" in finding.problem


@pytest.mark.rule("O3")
def test_a_mail_host_that_is_an_alias_is_wrong() -> None:
    finding = seen(APEX, "MX", Found((f"10 {HOST}",)), **{HOST: Found((US,), aliases=("cloud.example",))})
    assert finding.verdict is Verdict.WRONG
    assert "cloud.example" in finding.problem


def test_a_null_mx_says_that_the_domain_takes_no_mail() -> None:
    finding = seen(APEX, "MX", Found(("0 .",)))
    assert finding.verdict is Verdict.WRONG
    assert "RFC 7505" in finding.problem


def test_a_mail_host_without_an_address_receives_nothing() -> None:
    finding = seen(APEX, "MX", Found((f"10 {HOST}",)), **{HOST: NoSuchName(HOST)})
    assert finding.verdict is Verdict.WRONG
    finding = seen(APEX, "MX", Found((f"10 {HOST}",)), **{HOST: Unanswered(HOST, "timeout")})
    assert finding.verdict is Verdict.NO_ANSWER


def test_a_mail_host_elsewhere_than_configured_is_worth_a_look() -> None:
    finding = seen(APEX, "MX", Found((f"10 {HOST}",)), "198.51.100.7")
    assert finding.verdict is Verdict.WARNING
    assert US in finding.problem


# Aliases


def test_a_name_with_a_cname_is_told_to_hold_nothing_else() -> None:
    finding = seen(BOUNCE, "MX", NoRecord(BOUNCE, aliases=("target.example",)))
    assert finding.verdict is Verdict.MISSING
    assert finding.problem == (
        f"there is no MX record at target.example, of which {BOUNCE} is an alias (CNAME); "
        "a name with a CNAME holds nothing else"
    )
    assert finding.mend.startswith("remove the CNAME, then publish")


def test_an_alias_that_leads_nowhere_names_the_end() -> None:
    finding = seen(KEY, "TXT", NoSuchName("gone.example"))
    assert finding.verdict is Verdict.NO_SUCH_NAME
    assert finding.problem.startswith(f"the name gone.example does not exist, of which {KEY} is an alias")


def test_a_key_behind_an_alias_is_as_good() -> None:
    answer = Found((f"v=DKIM1; p={PUBLIC}",), aliases=("lb1.keys.gw.example",))
    assert seen(KEY, "TXT", answer).verdict is Verdict.OK


# DKIM


@pytest.mark.parametrize(
    ("text", "expected_verdict"),
    [
        (f"p={PUBLIC}", Verdict.OK),
        (f"v=DKIM1; h=sha256; s=email; n=note; p={PUBLIC[:9]} {PUBLIC[9:]};", Verdict.OK),
        (f"v=DKIM1; t=y; p={PUBLIC}", Verdict.WARNING),
        (f"v=DKIM1; k=ed25519; p={PUBLIC}", Verdict.WRONG),
        (f"v=DKIM1; p={OTHER}", Verdict.WRONG),
        (f"v=DKIM1; p={PUBLIC[:16]}", Verdict.WRONG),
        ("v=DKIM1; p=", Verdict.WRONG),
        (f"v=DKIM1; h=sha1; p={PUBLIC}", Verdict.WRONG),
        (f"v=DKIM1; s=tlsrpt; p={PUBLIC}", Verdict.WRONG),
        (f'"v=DKIM1; p={PUBLIC}"', Verdict.WRONG),
        ("v=spf1 -all", Verdict.WRONG),
    ],
)
def test_a_key_is_judged_by_its_octets(text: str, expected_verdict: Verdict) -> None:
    finding = seen(KEY, "TXT", Found((text,)))
    assert (finding.verdict, finding.observed) == (expected_verdict, (text,))


def test_two_records_for_one_key_are_wrong() -> None:
    text = f"v=DKIM1; p={PUBLIC}"
    assert seen(KEY, "TXT", Found((text, "x"))).verdict is Verdict.WRONG


def test_the_second_key_may_be_missing() -> None:
    world = {**GOOD, ("lb2._domainkey.example.com", "TXT"): NoSuchName("lb2._domainkey.example.com")}
    assert verdict(judge(world).values()) is DomainVerdict.VERIFIED


# SPF and DMARC


@pytest.mark.parametrize(
    ("texts", "expected_verdict"),
    [
        ((f"v=spf1 a:{HOST} ~all",), Verdict.OK),
        (("v=spf1 +all",), Verdict.WARNING),
        (("v=spf1 -all",), Verdict.WRONG),
        (("v=spf1 ip4:198.51.100.1 ?all",), Verdict.WRONG),
        (("v=spf1 include:nowhere.example mx -all",), Verdict.WRONG),
        (("v=spf1 mx nonsense -all",), Verdict.WRONG),
        (("v=spf1 mx -all", "v=spf1 -all"), Verdict.WRONG),
        (("just words",), Verdict.MISSING),
    ],
)
def test_spf_has_to_pass_our_host(texts: tuple[str, ...], expected_verdict: Verdict) -> None:
    finding = seen(APEX, "TXT", Found(texts))
    assert finding.verdict is expected_verdict
    assert finding.observed == tuple(text for text in texts if text.startswith("v=spf1"))


def test_spf_has_to_pass_each_of_our_addresses() -> None:
    finding = seen(BOUNCE, "TXT", Found((f"v=spf1 ip4:{US} -all",)), US, "2001:db8::1", "2001:db8::2")
    assert finding.verdict is Verdict.WRONG
    assert finding.mend == "put ip6:2001:db8::1 ip6:2001:db8::2 right after v=spf1"


def test_an_include_that_does_not_answer_leaves_spf_open() -> None:
    world = {
        **GOOD,
        (APEX, "TXT"): Found(("v=spf1 include:slow.example -all",)),
        ("slow.example", "TXT"): Unanswered("slow.example", "timeout"),
    }
    assert judge(world)[f"TXT {APEX}"].verdict is Verdict.NO_ANSWER


def test_spf_needs_an_address_to_be_checked_against() -> None:
    world = {**GOOD, (HOST, "A"): NoRecord(HOST)}
    assert judge(world)[f"TXT {BOUNCE}"].verdict is Verdict.WRONG
    world = {**GOOD, (HOST, "A"): Unanswered(HOST, "timeout")}
    assert judge(world)[f"TXT {BOUNCE}"].verdict is Verdict.NO_ANSWER


@pytest.mark.parametrize(
    ("texts", "expected_verdict"),
    [
        (("v=DMARC1; p=none", "unrelated"), Verdict.OK),
        (("v=DMARC1; p=none; pct=10",), Verdict.WARNING),
        (("v=DMARC1; p=never",), Verdict.WRONG),
        (("v=DMARC1; p=none", "v=DMARC1; p=reject"), Verdict.WRONG),
        (("p=none",), Verdict.MISSING),
    ],
)
def test_any_valid_dmarc_record_will_do(texts: tuple[str, ...], expected_verdict: Verdict) -> None:
    finding = seen(POLICY, "TXT", Found(texts))
    assert finding.verdict is expected_verdict
    assert not finding.record.required


def test_every_purpose_is_asked_for_and_judged() -> None:
    everything = (
        *records(),
        *host_records.of_host(HOST, (), key_sha256="ab" * 32),
        *host_records.of_domain(APEX, HOST, ()),
    )
    for record in everything:
        assert questions(record, {})
        assert check(record, GOOD).record == record
    assert {record.purpose for record in everything} == set(Purpose)
