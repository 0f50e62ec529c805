"""What a peer's refusal is about: words before codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core import recipient_words, response_words
from loftbox_cli.core.response_class import MOST_WORDS, classify
from loftbox_cli.core.response_rules import TEXT_RULES

CASES = [
    (550, "5.1.1", "The email account that you tried to reach does not exist.", "recipient", "5.1.1"),
    (550, "", "<jane@example.com>: Recipient address rejected: User unknown", "recipient", "5.1.1"),
    (550, "5.4.1", "Recipient address rejected: Access denied. AS(201806281)", "recipient", "5.4.1"),
    (550, "5.2.1", "The email account that you tried to reach is disabled.", "recipient", "5.2.1"),
    (556, "5.1.10", "Domain does not accept mail (nullMX)", "recipient", "5.1.10"),
    (553, "5.1.8", "Domain of sender address help@example.org does not exist", "policy", "5.1.8"),
    (450, "", "Sender address rejected: Domain not found", "policy", "4.1.8"),
    (550, "5.7.26", "This mail has been blocked because the sender is unauthenticated.", "policy", "5.7.26"),
    (550, "5.7.25", "The IP address sending this message does not have a PTR record", "policy", "5.7.25"),
    (421, "4.7.28", "Gmail has detected an unusual rate of mail originating from your IP", "rate", "4.7.28"),
    (550, "5.7.28", "There is something odd with the mail from your address", "reputation", "5.7.28"),
    (550, "5.7.515", "Access denied, sending domain example.org doesn't pass DMARC", "policy", "5.7.515"),
    (550, "5.7.1", "part of their network is on our block list (S3150).", "reputation", "5.7.1"),
    (451, "4.7.500", "Server busy. Please try again later from [192.0.2.7].", "rate", "4.7.500"),
    (451, "4.7.650", "The mail server [192.0.2.7] has been temporarily rate limited", "rate", "4.7.650"),
    (421, "", "RP-001 (BAY0-F1) Unfortunately, some messages weren't sent (RP-001)", "rate", "4.7.0"),
    (421, "4.7.0", "[TSS04] Messages from 192.0.2.7 temporarily deferred", "rate", "4.7.0"),
    (554, "5.7.9", "Message not accepted for policy reasons.", "policy", "5.7.9"),
    (554, "5.7.1", "Client host [192.0.2.7] blocked using zen.spamhaus.org", "reputation", "5.7.1"),
    (451, "4.7.1", "Greylisting in action, please come back in 00:04:59", "policy", "4.7.1"),
    (552, "5.2.2", "Quota exceeded", "capacity", "5.2.2"),
    (452, "4.3.1", "Insufficient system storage", "capacity", "4.3.1"),
    (552, "5.3.4", "Message size exceeds fixed maximum message size", "content", "5.3.4"),
    (550, "5.7.1", "This message looks like spam", "content", "5.7.1"),
    (554, "5.7.1", "<jane@example.com>: Relay access denied", "policy", "5.7.1"),
    (554, "5.4.6", "Too many hops", "protocol", "5.4.6"),
    (503, "5.5.1", "Bad sequence of commands", "protocol", "5.5.1"),
    (550, "5.6.7", "", "protocol", "5.6.7"),
    (421, "", "", "capacity", "4.3.2"),
    (550, "", "", "unknown", "5.0.0"),
    (554, "", "Transaction failed", "unknown", "5.0.0"),
    (0, "", "", "unknown", "5.0.0"),
]


@pytest.mark.rule("O21")
@pytest.mark.parametrize(("code", "enhanced", "words", "kind", "status"), CASES)
def test_a_refusal_has_a_class_and_a_status(
    code: int, enhanced: str, words: str, kind: str, status: str
) -> None:
    found = classify(code, enhanced, words)
    assert (found.kind, found.status) == (kind, status)


def test_only_a_permanent_failure_of_the_recipient_says_that_nobody_is_there() -> None:
    assert classify(550, "5.1.1", "No such user").says_gone
    assert classify(550, "5.7.1", "User unknown").says_gone
    assert not classify(450, "4.1.1", "User unknown in local recipient table").says_gone
    assert not classify(450, "5.1.1", "User unknown").says_gone
    assert not classify(550, "5.1.0", "Address rejected").says_gone
    assert not classify(550, "5.2.1", "Account disabled").says_gone
    assert classify(550, "5.2.1", "Account disabled").says_switched_off
    assert not classify(550, "", "").says_gone


def test_a_host_that_wants_less_mail_is_told_from_one_that_wants_other_mail() -> None:
    assert classify(421, "4.7.0", "Too many connections").asks_to_slow_down
    assert classify(421, "4.7.0", "very low reputation of the sending IP").asks_to_slow_down
    assert not classify(550, "5.7.1", "blocked, poor reputation").asks_to_slow_down
    assert not classify(451, "4.7.1", "Greylisted").asks_to_slow_down
    assert not classify(452, "4.2.2", "Over quota").asks_to_slow_down


def test_every_cause_of_the_lists_has_a_rule_and_every_phrase_can_match() -> None:
    lists = [
        value
        for module in (response_words, recipient_words)
        for name, value in vars(module).items()
        if name.isupper()
    ]
    assert sorted(map(str, lists)) == sorted(str(rule.phrases) for rule in TEXT_RULES)
    for rule in TEXT_RULES:
        for phrase in rule.phrases:
            assert (
                phrase == " ".join(phrase.lower().split()) or phrase.startswith(" ") or phrase.endswith(" ")
            )


@given(st.integers(), st.text(), st.text())
def test_any_reply_has_a_class(code: int, enhanced: str, words: str) -> None:
    found = classify(code, enhanced, words)
    assert found.status.count(".") == 2
    assert found == classify(code, enhanced, words[:MOST_WORDS])
