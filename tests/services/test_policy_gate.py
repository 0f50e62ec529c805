"""The gate asks the policies in force at every door: send, release, and each claim."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from loftbox_cli.core.actor import Actor, Kind, Via
from loftbox_cli.core.approval import ApprovalState
from loftbox_cli.core.decision import Answer
from loftbox_cli.core.delivery import DeliveryState
from loftbox_cli.core.events import EventType
from loftbox_cli.core.mailbox import Mailbox, Oversight
from loftbox_cli.core.message import MessageState
from loftbox_cli.core.policy.stored import BindingScope
from loftbox_cli.core.reading import Automation
from loftbox_cli.services import deliveries, policies, submit
from tests.services.house import BUSY, House, letter

BEN = Actor(Kind.PERSON, "os:ben", "Ben", Via.CLI)


def written(name: str, *rules: str) -> str:
    return f'name = "{name}"\n' + "\n".join(f'[[rule]]\nname = "{n}"\n{each}' for n, each in enumerate(rules))


def hold(condition: str = "", more: str = "") -> str:
    return f'decision = "hold"\nreason = "looked_at"\n{more}\n{condition}\n'


def test_a_policy_holds_what_its_mailbox_s_oversight_would_let_go(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("p", hold('when.recipient.domain = "peer.test"'), 'decision = "allow"'), mailbox)
    held = house.send(mailbox, "jane@peer.test")
    assert (held.message.state, held.decision.reasons) == (MessageState.HELD, ("looked_at",))
    assert house.send(mailbox, "joe@other.test").message.state is MessageState.RELEASED


@pytest.mark.parametrize("scope", BindingScope)
def test_a_policy_holds_for_what_it_is_bound_to_and_for_nothing_else(
    house: House, scope: BindingScope
) -> None:
    mailbox, other = house.mailbox("a@one.test"), house.mailbox("b@two.test")
    targets = {
        BindingScope.ALL: "",
        BindingScope.DOMAIN: "one.test",
        BindingScope.AGENT: mailbox.agent_id or "",
        BindingScope.MAILBOX: mailbox.address,
    }
    house.policy(written("p", 'decision = "block"'), scope=scope, target=targets[scope])
    assert house.send(mailbox).message.state is MessageState.BLOCKED
    others = MessageState.BLOCKED if scope is BindingScope.ALL else MessageState.RELEASED
    assert house.send(other).message.state is others
    house.do(policies.unbind, "p", scope, targets[scope], **house.by())
    assert house.send(mailbox).message.state is MessageState.RELEASED


def test_the_event_of_a_decision_names_the_rules_that_hit_with_policy_and_version(house: House) -> None:
    mailbox = house.mailbox()
    policy = house.policy(written("p", hold()), mailbox)
    house.send(mailbox)
    (told,) = house.told(EventType.POLICY_EVALUATED)
    assert policy.stored is not None
    assert (told.data["decision"], told.data["reasons"]) == ("hold", ["looked_at"])
    assert told.data["rules"] == [
        {
            "policy": "autonomous",
            "policy_name": "autonomous",
            "version": 1,
            "rule": "every send",
            "decision": "allow",
            "reason": "oversight_autonomous",
        },
        {
            "policy": policy.stored.id,
            "policy_name": "p",
            "version": 1,
            "rule": "0",
            "decision": "hold",
            "reason": "looked_at",
        },
    ]


def test_an_approval_keeps_the_rules_that_held_and_how_long_they_give(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("p", hold(more='expires_after = "4h"')), mailbox)
    approval = house.send(mailbox).approval
    assert approval is not None
    assert [(rule.policy_name, rule.version, rule.name, rule.reason) for rule in approval.rules] == [
        ("p", 1, "0", "looked_at")
    ]
    assert approval.expires_at - approval.requested_at == timedelta(hours=4)
    assert house.see(lambda tx: tx.approvals.get(approval.id)) == approval


def test_a_rule_may_want_two_persons_and_one_of_them_twice_is_one(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("p", hold(more="approvers = 2")), mailbox)
    passed = house.send(mailbox)
    for _ in range(2):
        decided = house.approve(passed)
        assert decided.approval.state is ApprovalState.PENDING
        assert house.message(passed.message.id).state is MessageState.HELD
    assert house.claim() == []
    assert house.approve(passed, BEN).message.state is MessageState.RELEASED
    assert len(house.claim()) == 1


def test_a_rule_that_wants_one_more_person_than_was_asked_asks_again(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("p", hold()), mailbox)
    passed = house.send(mailbox)
    house.do(policies.change, "p", written("p", hold(more="approvers = 2")), why="", **house.by())
    again = house.approve(passed).passed
    assert again is not None
    assert again.approval is not None
    assert (again.message.state, again.approval.approvers) == (MessageState.HELD, 2)


def test_a_release_meets_a_rule_that_nobody_was_asked_about_and_asks_again(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    passed = house.send(mailbox)
    house.policy(written("p", hold()), mailbox)
    first = house.approve(passed)
    assert first.approval.state is ApprovalState.APPROVED
    assert first.message.state is MessageState.HELD
    assert first.passed is not None
    assert first.passed.approval is not None
    assert first.passed.approval.reasons == ("looked_at",)
    assert house.claim() == []
    assert house.approve(first.passed).message.state is MessageState.RELEASED


def test_a_release_is_blocked_by_a_rule_that_came_meanwhile(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    passed = house.send(mailbox)
    house.policy(written("p", 'decision = "block"'), mailbox)
    assert house.approve(passed).message.state is MessageState.BLOCKED


def test_who_approved_under_one_oversight_is_not_asked_again_under_a_laxer_one(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_ALL)
    passed = house.send(mailbox)
    house.oversee(mailbox, Oversight.GATED_SEND)
    assert house.approve(passed).message.state is MessageState.RELEASED


def test_what_is_queued_waits_when_its_policy_changes_and_leaves_when_that_is_undone(house: House) -> None:
    mailbox = house.mailbox()
    text = written("p", hold('when.recipient.domain = "other.test"'), 'decision = "allow"')
    house.policy(text, mailbox)
    (delivery,) = house.send(mailbox, "jane@peer.test").deliveries
    stricter = text.replace("other.test", "peer.test")
    house.do(policies.change, "p", stricter, why="", **house.by())
    assert house.claim() == []
    waiting = house.delivery(delivery)
    assert (waiting.state, waiting.last_words) == (DeliveryState.QUEUED, "0")
    house.do(policies.change, "p", text, why="", **house.by())
    house.clock.advance(seconds=deliveries.REST.total_seconds())
    assert [each.id for each in house.claim()] == [delivery.id]


def test_what_is_queued_is_asked_about_once_for_each_version(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("p", 'decision = "allow"'), mailbox)
    passed = house.send(mailbox)
    assert passed.message.policies[:2] == ("always@1", "autonomous@1")
    more = written("p", 'decision = "block"\nwhen.message.html = true', 'decision = "allow"')
    changed = house.do(policies.change, "p", more, why="", **house.by())
    (claimed,) = house.claim()
    assert changed.stored is not None
    assert house.message(passed.message.id).policies[-1] == f"{changed.stored.id}@2"
    house.record(claimed, BUSY)
    house.clock.advance(hours=1)
    assert len(house.claim()) == 1


def test_a_policy_that_cannot_be_read_any_more_holds_everything(house: House) -> None:
    mailbox = house.mailbox()
    kept = house.policy(written("p", 'decision = "allow"'), mailbox)

    house.do(lambda tx: tx.policy_versions.save(replace(kept.versions[0], source="nonsense")))
    held = house.send(mailbox)
    assert (held.decision.answer, held.decision.reasons) == (Answer.HOLD, ("policy_unreadable",))


AUTOMATED = {
    Automation.AUTO_REPLIED: ("Auto-Submitted", "auto-replied"),
    Automation.AUTO_GENERATED: ("Auto-Submitted", "auto-generated"),
    Automation.LIST: ("List-Id", "<friends.peer.test>"),
    Automation.OWN: ("X-LoftBox-Loop", "example.com"),
}


@pytest.mark.rule("G6")
@pytest.mark.parametrize("oversight", [Oversight.AUTONOMOUS, Oversight.MONITORED, Oversight.SAMPLED])
@pytest.mark.parametrize("automation", AUTOMATED)
def test_mail_that_a_program_wrote_is_never_answered_without_a_person(
    house: House, oversight: Oversight, automation: Automation
) -> None:
    mailbox = house.mailbox(oversight=oversight)
    parent = received(house, mailbox, headers=(AUTOMATED[automation],))
    assert house.message(parent).automation is automation
    held = house.send(mailbox, in_reply_to=parent)
    assert held.message.state is MessageState.HELD
    assert "automated_mail_answered" in held.decision.reasons
    assert house.approve(held).message.state is MessageState.RELEASED


@pytest.mark.rule("G6")
def test_automated_mail_without_a_message_id_is_known_by_its_thread(house: House) -> None:
    mailbox = house.mailbox()
    parent = received(house, mailbox, headers=(AUTOMATED[Automation.AUTO_REPLIED],), message_id="")
    assert house.send(mailbox, in_reply_to=parent).message.state is MessageState.HELD


def test_an_answer_to_a_person_leaves_by_itself_where_nothing_else_holds_it(house: House) -> None:
    mailbox = house.mailbox()
    assert house.send(mailbox, in_reply_to=received(house, mailbox)).message.state is MessageState.RELEASED


def test_a_read_only_mailbox_sends_nothing(house: House) -> None:
    passed = house.send(house.mailbox(oversight=Oversight.READ_ONLY))
    assert (passed.message.state, passed.decision.reasons) == (MessageState.BLOCKED, ("oversight_read_only",))


def test_gated_send_keeps_even_an_answer_while_nobody_proved_who_wrote(house: House) -> None:
    mailbox = house.mailbox(oversight=Oversight.GATED_SEND)
    parent = received(house, mailbox)
    held = house.send(mailbox, in_reply_to=parent)
    assert held.message.state is MessageState.HELD
    assert "recipient.in_thread is not known" in held.decision.detail


def test_sending_the_same_again_draws_the_same_and_other_mail_draws_anew(house: House) -> None:
    mailbox = house.mailbox()
    draws = [house.prepare(mailbox, subject="Your order").sample for _ in range(3)]
    assert len(set(draws)) == 1
    assert house.prepare(mailbox, subject="  YOUR  order ").sample == draws[0]
    others = {house.prepare(mailbox, subject=f"Order {number}").sample for number in range(40)}
    assert len(others) > 30
    assert house.prepare(house.mailbox("b@example.com")).sample != draws[0]


def test_an_agent_cannot_try_words_until_it_knows_that_nobody_is_to_see_them(house: House) -> None:
    mailbox = house.mailbox()
    house.policy(written("drawn", hold("when.sample.draw = {under = 500}"), 'decision = "allow"'), mailbox)
    agent = house.sender(mailbox)
    answers: dict[Actor, set[Answer]] = {BEN: set(), agent: set()}
    for number in range(40):
        prepared = house.prepare(mailbox, subject=f"Order {number}")
        for who, seen in answers.items():
            explained = house.see(submit.weigh, prepared, **house.by(who))
            seen.add(explained.decision.answer)
            assert ("sample.draw is not known" in explained.decision.detail) is (who is agent)
    assert answers == {BEN: {Answer.ALLOW, Answer.HOLD}, agent: {Answer.HOLD}}


def received(house: House, mailbox: Mailbox, **fields: Any) -> str:
    (message,) = house.receive(mailbox.address, reading=letter(**fields))
    return message.id
