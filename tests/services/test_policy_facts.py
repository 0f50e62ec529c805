"""What policies ask is found out from the store, as it was just before the message."""

from typing import Any

import pytest

from loftbox_cli.core.draft import Draft, File
from loftbox_cli.core.ids import MessageId
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import Message
from loftbox_cli.core.pause import PauseScope
from loftbox_cli.core.policy.conditions import OPERATORS, Takes
from loftbox_cli.core.policy.evaluate import InForce, values_for
from loftbox_cli.core.policy.facts import FACTS, UNKNOWN, Facts, Value
from loftbox_cli.core.policy.read import read_policy
from loftbox_cli.core.reading import Party
from loftbox_cli.services import facts, pauses, submit
from loftbox_cli.services.tx import Viewer
from tests.services.house import TAG_SECRET, House, letter

EVERYTHING = frozenset(FACTS) | {"context.step"}
BESIDES = {"recipient.lists", "time.of_day", "time.weekday"}  # what the policy itself adds


def known(house: House, message: Message) -> Facts:
    return house.see(facts.gather, message, EVERYTHING, house.now)


def sent(house: House, mailbox: Mailbox, *to: str, **more: Any) -> Message:
    return house.send(mailbox, *to, **more).message


def composed(house: House, mailbox: Mailbox, **fields: Any) -> Message:
    draft = Draft(**{"to": (Party("jane@peer.test"),), "text": "Hello.", **fields})
    on = house.see(submit.grounds, mailbox.id, draft, Viewer())
    prepared = submit.prepare(draft, on, message_id=MessageId(house.mint("msg")), tag_secret=TAG_SECRET)
    who = house.by(house.sender(mailbox))
    return house.do(submit.send, prepared, **who).message


def test_every_declared_fact_is_found_out_or_said_to_be_unknown(house: House) -> None:
    mailbox = house.mailbox()
    found = known(house, composed(house, mailbox, context=(("step", "Refund"),)))
    missing = {
        name
        for name, fact in FACTS.items()
        if name not in BESIDES
        and (found.recipients[0] if fact.of_recipient else found.shared).get(name) is None
    }
    assert missing == {name for name, fact in FACTS.items() if not fact.known}
    assert found.shared["context.step"] == "refund"
    for name, value in {**found.shared, **found.recipients[0]}.items():
        words = FACTS[name].words if name in FACTS else ()
        assert not words or value in words, name


def test_only_what_a_rule_asks_for_is_found_out(house: House) -> None:
    message = sent(house, house.mailbox())
    found = house.see(facts.gather, message, frozenset({"message.html"}), house.now)
    assert found.shared == {"message.html": False}
    assert found.recipients == ({"recipient.address": "jane@peer.test"},)


def test_a_first_contact_is_one_until_somebody_wrote(house: House) -> None:
    mailbox = house.mailbox()
    first = sent(house, mailbox)
    again = sent(house, mailbox)
    for message, expected in ((first, True), (again, False)):
        assert known(house, message).recipients[0]["recipient.first_contact"] is expected
    house.receive(mailbox.address, reading=letter("eve@else.test"))
    assert known(house, sent(house, mailbox, "eve@else.test")).shared["message.first_contacts"] == 0
    other = house.mailbox("other@example.com")
    assert known(house, sent(house, other, "jane@peer.test")).shared["message.first_contacts"] == 1


def test_what_was_held_makes_nobody_known(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    sent(house, mailbox)
    assert known(house, sent(house, mailbox)).recipients[0]["recipient.first_contact"] is True


def test_who_only_claims_to_have_written_in_a_thread_is_not_known_to_be_in_it(house: House) -> None:
    mailbox = house.mailbox()
    (received,) = house.receive(mailbox.address, reading=letter("jane@peer.test"))
    answer = sent(house, mailbox, "jane@peer.test", "eve@else.test", in_reply_to=received.id)
    in_thread = [each["recipient.in_thread"] for each in known(house, answer).recipients]
    assert in_thread == [UNKNOWN, False]


def test_a_thread_tells_who_began_it_and_how_long_the_agent_talks_alone(house: House) -> None:
    mailbox = house.mailbox()
    (received,) = house.receive(mailbox.address, reading=letter())
    answers = [sent(house, mailbox, in_reply_to=received.id) for _ in range(3)]
    rows = [known(house, each).shared for each in answers]
    assert [row["thread.agent_in_a_row"] for row in rows] == [0, 1, 2]
    assert [row["thread.messages"] for row in rows] == [1, 2, 3]
    assert [row["thread.sent_hour"] for row in rows] == [0, 0, 0]  # all in this very moment
    assert {row["thread.started_by"] for row in rows} == {"them"}
    assert {row["thread.new"] for row in rows} == {False}
    fresh = known(house, sent(house, mailbox)).shared
    assert (fresh["thread.new"], fresh["thread.started_by"], fresh["message.reply"]) == (True, "us", False)


def test_volume_counts_what_was_released_in_each_window_and_not_the_message_itself(house: House) -> None:
    agent = house.agent("two mailboxes")
    one, two = house.mailbox("a@example.com", agent), house.mailbox("b@example.com", agent)
    stranger = house.mailbox("c@example.com")
    for mailbox in (one, one, two, stranger):
        sent(house, mailbox)
        house.clock.advance(minutes=10)
    last = known(house, sent(house, one)).shared
    windows = {name: value for name, value in last.items() if name.startswith("sent.")}
    assert windows == {
        "sent.mailbox_minute": 0,
        "sent.mailbox_hour": 2,
        "sent.mailbox_day": 2,
        "sent.agent_minute": 0,
        "sent.agent_hour": 3,
        "sent.agent_day": 3,
        "sent.domain_minute": 0,
        "sent.domain_hour": 4,
        "sent.domain_day": 4,
    }
    house.clock.advance(hours=1)
    later = known(house, sent(house, one))
    assert (later.shared["sent.mailbox_hour"], later.shared["sent.mailbox_day"]) == (0, 3)
    assert later.recipients[0]["recipient.sent_day"] == 5


def test_attachments_and_links_are_told_by_kind_size_and_host(house: House) -> None:
    files = (File("Offer.PDF", "application/pdf", b"1234"), File("run", "application/octet-stream", b"12"))
    message = composed(
        house,
        house.mailbox(),
        text="See https://www.example.com/a?b and http://user@evil.test:8080/ or www.third.test.",
        html='<a href="https://www.example.com/x">x</a>',
        attachments=files,
        labels=("Orders",),
        bcc=(Party("ben@peer.test"),),
    )
    found = known(house, message).shared
    assert {name: found[name] for name in found if name.partition(".")[0] in ("attachment", "link")} == {
        "attachment.count": 2,
        "attachment.types": frozenset({"application/pdf", "application/octet-stream"}),
        "attachment.extensions": frozenset({"pdf", ""}),
        "attachment.size": 6,
        "attachment.largest": 4,
        "link.count": 4,
        "link.domains": frozenset({"www.example.com", "evil.test", "www.third.test"}),
    }
    assert (found["message.labels"], found["message.bcc"]) == (frozenset({"orders"}), 1)


@pytest.mark.rule("G4")
@pytest.mark.parametrize("name", ["Tool.EXE", "tool.exe.", "tool.exe. .", "tool.pdf.exe", "tool.ex\u200be"])
def test_the_ending_of_a_file_is_the_one_that_its_reader_s_machine_goes_by(house: House, name: str) -> None:
    files = (File(name, "application/octet-stream", b"MZ"),)
    message = composed(house, house.mailbox(), attachments=files)
    assert known(house, message).shared["attachment.extensions"] == frozenset({"exe"})


def test_where_more_links_lead_than_are_counted_is_not_known(house: House) -> None:
    message = composed(house, house.mailbox(), text="https://good.test " * 1_001)
    found = known(house, message).shared
    assert (found["link.count"], found["link.domains"]) == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("scope", "fact"),
    [
        (PauseScope.MAILBOX, "mailbox.paused"),
        (PauseScope.AGENT, "agent.paused"),
        (PauseScope.DOMAIN, "domain.paused"),
    ],
)
def test_a_pause_is_a_fact(house: House, scope: PauseScope, fact: str) -> None:
    mailbox = house.mailbox()
    message = sent(house, mailbox)
    names = {
        PauseScope.MAILBOX: mailbox.id,
        PauseScope.AGENT: mailbox.agent_id,
        PauseScope.DOMAIN: "example.com",
    }
    assert known(house, message).shared[fact] is False
    house.do(pauses.pause, scope, names[scope] or "", why="", **house.by())
    assert known(house, message).shared[fact] is True


def test_each_test_of_each_kind_can_be_asked_of_a_real_message(house: House) -> None:
    """A rule over every fact and every test is evaluated without a fault."""
    samples = {"true or false": "true", "a number": "1", "octets": "1", "a time of day": '["08:00", "18:00"]'}
    rules = []
    for fact in FACTS.values():
        word = "l" if fact.name == "recipient.lists" else (fact.words or "x")[0]
        one = samples.get(fact.kind, f'"{word}"')
        tests = ", ".join(
            f"{each.name} = {f'[{one}]' if each.takes is Takes.MANY else one}"
            for each in OPERATORS[fact.kind]
        )
        rules.append(f'[[rule]]\nname = "{fact.name}"\ndecision = "allow"\nwhen.{fact.name} = {{{tests}}}')
    text = 'name = "p"\n[lists]\nl = ["x"]\n' + "\n".join(rules)
    policy = InForce("pol_p", 1, read_policy(text))
    message = composed(house, house.mailbox())
    (values,) = values_for(policy.policy, known(house, message))
    seen: dict[str, Value] = dict(values)
    for rule in policy.policy.rules:
        for condition in rule.conditions:
            expected = condition.fact.known and condition.fact.name in seen
            assert (condition.holds(values) is not None) is expected


def test_what_is_asked_about_a_message_that_is_not_stored_is_what_a_send_would_ask(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.MONITORED)
    prepared = house.prepare(mailbox)
    who = house.by(house.sender(mailbox))
    rows = house.rows()
    explained = house.see(submit.weigh, prepared, **who)
    assert house.rows() == rows
    assert explained.decision == house.do(submit.send, prepared, **who).decision
