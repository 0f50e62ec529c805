import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoSuchName, Question, Unanswered
from loftbox_cli.core.spf import Asks, Outcome, Result, check_host

US = "192.0.2.1"
WORLD: dict[Question, tuple[str, ...]] = {
    ("mail.gw", "A"): (US,),
    ("mail.gw", "AAAA"): ("2001:db8::1",),
    ("example.com", "MX"): ("10 mail.gw", "20 other.example"),
    ("other.example", "A"): ("198.51.100.1",),
    ("null.example", "MX"): ("0 .",),
    ("ours.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",),
    ("theirs.example", "TXT"): ("v=spf1 ip4:198.51.100.0/24 -all",),
    ("twice.example", "TXT"): ("v=spf1 -all", "v=spf1 +all"),
    ("loop.example", "TXT"): ("v=spf1 include:loop.example -all",),
    ("broken.example", "TXT"): ("v=spf1 nonsense -all",),
    ("plain.example", "TXT"): ("hello",),
}


def evaluate(policy: str, address: str = US, **unanswered: str) -> Outcome:
    """Answer every question out of WORLD until there is a result."""
    known: dict[Question, DnsAnswer] = {("example.com", "TXT"): Found((policy,))}
    for _ in range(30):
        end = check_host("example.com", address, known)
        if isinstance(end, Outcome):
            return end
        for question in end.questions:
            assert question not in known
            if question[0] in unanswered.values():
                known[question] = Unanswered(question[0], "SERVFAIL")
            else:
                known[question] = Found(WORLD[question]) if question in WORLD else NoSuchName(question[0])
    raise AssertionError("no result")


@pytest.mark.parametrize(
    ("terms", "result"),
    [
        ("ip4:192.0.2.1 -all", Result.PASS),
        ("ip4:192.0.2.0/28 -all", Result.PASS),
        ("ip6:2001:db8::/32 -all", Result.FAIL),
        ("-all ip4:192.0.2.1", Result.FAIL),
        ("-ip4:192.0.2.1 +all", Result.FAIL),
        ("~all", Result.SOFTFAIL),
        ("?all", Result.NEUTRAL),
        ("ip4:198.51.100.1", Result.NEUTRAL),
        ("a:mail.gw -all", Result.PASS),
        ("a:Mail.GW. -all", Result.PASS),
        ("a:other.example/1 -all", Result.PASS),
        ("a:other.example -all", Result.FAIL),
        ("mx -all", Result.PASS),
        ("mx:null.example -all", Result.FAIL),
        ("exists:mail.gw -all", Result.PASS),
        ("exists:%{i}.example -all", Result.FAIL),
        ("ptr -all", Result.FAIL),
        ("include:theirs.example include:ours.example -all", Result.PASS),
        ("include:theirs.example -all", Result.FAIL),
        ("redirect=ours.example", Result.PASS),
        ("redirect=theirs.example", Result.FAIL),
        ("~all redirect=ours.example", Result.SOFTFAIL),
        ("include:plain.example -all", Result.PERMERROR),
        ("include:nowhere.example -all", Result.PERMERROR),
        ("include:twice.example -all", Result.PERMERROR),
        ("include:broken.example -all", Result.PERMERROR),
        ("include:loop.example -all", Result.PERMERROR),
        ("redirect=plain.example", Result.PERMERROR),
        ("nonsense", Result.PERMERROR),
        (" ".join(["a:other.example"] * 11), Result.PERMERROR),
        ("a:x1.example a:x2.example a:x3.example ip4:192.0.2.1", Result.PERMERROR),
        ("a:x1.example a:x2.example ip4:192.0.2.1", Result.PASS),
    ],
)
def test_the_first_term_that_matches_decides(terms: str, result: Result) -> None:
    assert evaluate(f"v=spf1 {terms}").result is result


def test_an_address_of_the_other_family_is_looked_up_in_its_own_records() -> None:
    assert evaluate("v=spf1 a:mail.gw -all", "2001:db8::1").result is Result.PASS
    assert evaluate("v=spf1 mx -all", "2001:db8::2").result is Result.FAIL


def test_a_lookup_without_an_answer_is_no_fail() -> None:
    outcome = evaluate("v=spf1 include:ours.example -all", name="ours.example")
    assert outcome.result is Result.TEMPERROR
    assert "SERVFAIL" in outcome.why


def test_the_exchanges_of_an_mx_term_are_asked_for_together() -> None:
    known: dict[Question, DnsAnswer] = {
        ("example.com", "TXT"): Found(("v=spf1 mx -all",)),
        ("example.com", "MX"): Found(("10 mail.gw", "20 other.example")),
    }
    assert check_host("example.com", US, known) == Asks((("mail.gw", "A"), ("other.example", "A")))


def test_the_result_names_the_term_that_decided() -> None:
    assert "-all" in evaluate("v=spf1 -all ip4:192.0.2.1").why
