"""A policy says what it means, or the line that is wrong is named."""

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loftbox_cli.core.decision import Answer
from loftbox_cli.core.errors import BadInput
from loftbox_cli.core.policy.conditions import OPERATORS
from loftbox_cli.core.policy.facts import FACTS, TABLE, Kind
from loftbox_cli.core.policy.presets import SOURCES
from loftbox_cli.core.policy.read import faults_of, read_policy

EXAMPLES = Path(__file__).parents[2] / "config" / "policies"

GOOD = """\
name = "support"
time_zone = "Europe/Berlin"

[lists]
partners = ["example.org", "jane@example.net"]

[[rule]]
name = "Answers to partners"
decision = "allow"
when.recipient.lists = "partners"
when.message = {reply = true, recipients = {at_least = 1, at_most = 5}}

[[rule]]
name = "big files"
decision = "hold"
reason = "big_file"
approvers = 2
expires_after = "4h"
when.attachment.largest = {over = "10 MiB"}
"""


def test_a_policy_reads_as_it_is_written() -> None:
    policy = read_policy(GOOD)
    first, second = policy.rules
    assert (policy.name, policy.time_zone) == ("support", "Europe/Berlin")
    assert [(rule.name, rule.decision, rule.reason) for rule in policy.rules] == [
        ("Answers to partners", Answer.ALLOW, "answers_to_partners"),
        ("big files", Answer.HOLD, "big_file"),
    ]
    assert [each.sentence for each in first.conditions] == [
        "recipient.lists has one of partners",
        "message.reply is true",
        "message.recipients is at least 1",
        "message.recipients is at most 5",
    ]
    assert second.conditions[0].wanted == 10 << 20
    assert (second.approvers, second.expires_after) == (2, timedelta(hours=4))
    assert policy.lists_with("x@example.org") == policy.lists_with("jane@example.net") == {"partners"}
    assert policy.lists_with("joe@example.net") == frozenset()


RULE = '[[rule]]\nname = "one"\ndecision = "hold"\n'

FAULTS = {
    "name = 1": ("line 1: name is a text of one line, not 1", "put it in quotes"),
    "= 1": ("line 1: this is not TOML: Invalid statement", "mend the line; texts stand in quotes"),
    'name = "a"': (
        "line 1: a policy has 1 to 200 rules, and this has 0",
        "write [[rule]], and below it name",
    ),
    'name = "A b"\n' + RULE: ("line 1: name cannot be 'A b'", "use up to 64 lower-case letters"),
    'name = "a"\ndescripton = "x"\n' + RULE: (
        "line 2: a policy has no 'descripton'",
        "did you mean description?",
    ),
    'name = "a"\ntime_zone = "Europe/Berln"\n' + RULE: (
        "line 2: there is no time zone 'Europe/Berln'",
        "write it",
    ),
    'name = "a"\ntime_zone = "../etc/passwd"\n' + RULE: ("line 2: there is no time zone", "write it"),
    'name = "a"\n[lists]\nfriends = "x"\n' + RULE: ("line 3: a list has up to", 'write ["example.org"]'),
    'name = "a"\n[lists]\nfriends = ["bücher.example"]\n' + RULE: (
        "line 3: 'bücher.example' is no",
        "write domains",
    ),
    'name = "a"\n' + RULE + RULE: ("line 6: two rules are called 'one'", "give each its own"),
    'name = "a"\n' + RULE.replace("hold", "hodl"): (
        "line 4: decision cannot be 'hodl'",
        "did you mean hold?",
    ),
    'name = "a"\n[[rule]]\nname = "x"': ("line 2: decision is missing", "write decision"),
    'name = "a"\n' + RULE.replace("one", "otherwise"): (
        "line 3: 'otherwise' is what a policy says",
        "give it",
    ),
    'name = "a"\n' + RULE + "aprovers = 1": ("line 5: a rule has no 'aprovers'", "did you mean approvers?"),
    'name = "a"\n' + RULE + "approvers = 0": (
        "line 5: approvers is a number from 1 to 5, not 0",
        "write how many",
    ),
    'name = "a"\n' + RULE + "approvers = true": (
        "line 5: approvers is a number from 1 to 5",
        "write how many",
    ),
    'name = "a"\n' + RULE.replace("hold", "allow") + "approvers = 2": (
        "line 5: approvers is for",
        "leave it out",
    ),
    'name = "a"\n' + RULE + 'expires_after = "soon"': ("line 5: 'soon' is not a duration", "write it like"),
    'name = "a"\n' + RULE + 'expires_after = "1s"': ("line 5: 1s is not from 5m to 30d", "write it like"),
    'name = "a"\n' + RULE + 'reason = "A-b"': ("line 5: reason cannot be 'A-b'", "use up to 64"),
    'name = "a"\n' + RULE + "when = 1": ("line 5: when is a table", "write when.recipient.domain"),
    'name = "a"\n' + RULE + "when.recipent.domain = 1": (
        "line 5: there are no facts about 'recipent'",
        "did you mean recipient?",
    ),
    'name = "a"\n' + RULE + "when.recipient = 1": (
        "line 5: when.recipient needs the name of a",
        "there are: ",
    ),
    'name = "a"\n' + RULE + 'when.recipient.domian = "x"': (
        "line 5: there is no fact recipient.domian",
        "did you mean recipient.domain?",
    ),
    'name = "a"\n' + RULE + 'when.recipient.domain = {inn = ["x"]}': (
        "line 5: recipient.domain, which is text, has no test 'inn'",
        "did you mean in?",
    ),
    'name = "a"\n' + RULE + "when.recipient.domain = {}": (
        "line 5: recipient.domain, which is text",
        "there are",
    ),
    'name = "a"\n' + RULE + 'when.recipient.domain = "bücher.example"': (
        "line 5: recipient.domain: ",
        "xn--",
    ),
    'name = "a"\n' + RULE + 'when.recipient.address = "straße@example.com"': (
        "line 5: recipient.address: ",
        "name its domain in recipient.domain",
    ),
    'name = "a"\n' + RULE + "when.recipient.domain = [1]": (
        "line 5: recipient.domain: 1 is no",
        "put it in quotes",
    ),
    'name = "a"\n' + RULE + "when.recipient.domain = []": (
        "line 5: recipient.domain: [] is no",
        "write it like",
    ),
    'name = "a"\n' + RULE + 'when.recipient.lists = "parnters"': (
        "line 5: recipient.lists: it is never",
        "none; ",
    ),
    'name = "a"\n' + RULE + 'when.message.reply = "yes"': (
        "line 5: message.reply: 'yes' is neither",
        "write true",
    ),
    'name = "a"\n' + RULE + "when.message.recipients = {over = 1.5}": (
        "line 5: message.recipients: 1.5",
        "write a",
    ),
    'name = "a"\n' + RULE + "when.message.recipients = true": (
        "line 5: message.recipients: True",
        "write a whole",
    ),
    'name = "a"\n' + RULE + 'when.message.size = {over = "1 GB"}': (
        "line 5: message.size: '1 GB' is no",
        "write",
    ),
    'name = "a"\n' + RULE + 'when.time.weekday = "sonday"': (
        "line 5: time.weekday: it is never",
        "did you mean",
    ),
    'name = "a"\n' + RULE + 'when.time.of_day = {between = ["8", "9"]}': (
        "line 5: time.of_day: '8' is no",
        "like",
    ),
    'name = "a"\n' + RULE + 'when.thread.state = ["opn"]': (
        "line 5: thread.state: it is never 'opn'",
        "open?",
    ),
    'name = "a"\n' + RULE + 'when.context."a b" = "x"': ("line 5: there is no fact context.a b", "there are"),
    'name = "a"\n' + RULE + "[rule.when.message]\nrecipients = {at_mots = 3}": (
        "line 6: message.recipients",
        "at_most",
    ),
    "a" * 300_000: ("the text is over 262144 characters", ""),
}


@pytest.mark.parametrize("text", FAULTS, ids=lambda text: text[-40:])
def test_what_is_not_understood_is_told_with_its_line_and_the_next_step(text: str) -> None:
    fact, fix = FAULTS[text]
    with pytest.raises(BadInput) as caught:
        read_policy(text)
    assert caught.value.fact.startswith(fact), caught.value.fact
    assert fix in caught.value.fix


def test_everything_that_is_wrong_is_told_at_once_and_with_the_file() -> None:
    text = 'name = "a"\n' + RULE + "aprovers = 1\nwhen.recipent.x = 1\n"
    assert [fault.fact for fault in faults_of(text, "a.toml")] == [
        "a.toml:5: a rule has no 'aprovers'",
        "a.toml:6: there are no facts about 'recipent'",
    ]
    with pytest.raises(BadInput, match=r"a\.toml:5: a rule has no 'aprovers' \(and 1 more\)"):
        read_policy(text, "a.toml")


@pytest.mark.parametrize("name", SOURCES)
def test_what_loftbox_brings_is_a_policy_like_any_other(name: str) -> None:
    assert read_policy(SOURCES[name]).name == name


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_each_example_is_a_good_policy_that_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    policy = read_policy(text)
    assert policy.name == path.stem
    assert policy.description
    assert text.startswith("# ")


def test_each_fact_can_be_asked_by_each_of_its_tests() -> None:
    examples = {
        Kind.FLAG: "true",
        Kind.NUMBER: "3",
        Kind.SIZE: '"1 MiB"',
        Kind.TIME: '["08:00", "18:00"]',
    }
    for fact in TABLE:
        group, _, name = fact.name.partition(".")
        for operator in OPERATORS[fact.kind]:
            word = "partners" if fact.name == "recipient.lists" else (fact.words or ("x",))[0]
            one = examples.get(fact.kind, f'"{word}"')
            wanted = f"[{one}]" if operator.takes.name == "MANY" else one
            text = (
                f'name = "a"\n[lists]\npartners = ["example.org"]\n{RULE}'
                f"when.{group}.{name} = {{{operator.name} = {wanted}}}\n"
            )
            assert read_policy(text).needs == {fact.name}


def test_each_fact_says_in_one_sentence_what_it_is() -> None:
    assert len(FACTS) == len(TABLE)
    assert all(fact.what.endswith(".") and len(fact.what) < 90 for fact in TABLE)


@given(st.text(max_size=200) | st.builds(lambda tail: GOOD + tail, st.text(max_size=60)))
def test_any_text_is_a_policy_or_an_error_that_names_a_line(text: str) -> None:
    faults = faults_of(text)
    assert all(fault.fact.startswith("line ") for fault in faults)
    if not faults:
        assert read_policy(text).rules
