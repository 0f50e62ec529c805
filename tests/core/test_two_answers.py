"""Where a zone's own server and a resolver disagree."""

import pytest

from loftbox_cli.core.dns import DnsAnswer, Found, NoSuchName, Question, Unanswered
from loftbox_cli.core.finding import Verdict
from loftbox_cli.core.record_check import check
from loftbox_cli.core.records import Gateway, Purpose, Record
from loftbox_cli.core.two_answers import Authoritative, compared, with_patience

RECORD = Record(
    Purpose.TLS_RPT,
    "_smtp._tls.example.com",
    "TXT",
    "v=TLSRPTv1; rua=mailto:a@example.com",
    required=False,
    why="",
    gateway=Gateway("mx.gw.example"),
)
QUESTION: Question = (RECORD.name, "TXT")
RIGHT, WRONG = Found((RECORD.value,)), Found(("v=TLSRPTv1; rua=nowhere",), ttl=7200)
ABSENT, SILENT = NoSuchName(RECORD.name), Unanswered(RECORD.name, "late")


@pytest.mark.parametrize(
    ("resolver", "zone", "verdict", "words"),
    [
        (RIGHT, RIGHT, Verdict.OK, ""),
        (WRONG, RIGHT, Verdict.WRONG, "ns1.example, a server of the zone itself, has it right already"),
        (ABSENT, RIGHT, Verdict.NO_SUCH_NAME, "has it right already"),
        (RIGHT, ABSENT, Verdict.WARNING, "says otherwise"),
        (RIGHT, SILENT, Verdict.OK, ""),
        (SILENT, RIGHT, Verdict.NO_ANSWER, "late"),
    ],
)
def test_the_verdict_is_the_resolvers_and_the_zones_own_word_is_told(
    resolver: DnsAnswer, zone: DnsAnswer, verdict: Verdict, words: str
) -> None:
    known = {QUESTION: resolver}
    finding = compared(check(RECORD, known), known, Authoritative("ns1.example", zone))
    assert finding.verdict is verdict
    assert words in finding.problem


def test_what_was_mended_already_needs_only_patience() -> None:
    known = {QUESTION: WRONG}
    finding = compared(check(RECORD, known), known, Authoritative("ns1.example", RIGHT))
    assert finding.mend == "nothing to publish: look again in 2h, when resolvers have forgotten"


def test_a_wrong_record_that_is_remembered_for_long_says_for_how_long() -> None:
    long, short = Found(WRONG.values, ttl=86400), Found(WRONG.values, ttl=300)
    assert with_patience(check(RECORD, {QUESTION: long}), {QUESTION: long}).mend.endswith("for 1d")
    assert "remember" not in with_patience(check(RECORD, {QUESTION: short}), {QUESTION: short}).mend
    assert (
        with_patience(check(RECORD, {QUESTION: ABSENT}), {QUESTION: ABSENT}).verdict is Verdict.NO_SUCH_NAME
    )
